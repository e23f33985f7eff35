"""Digests decide whether an earlier result is reused."""

from __future__ import annotations

from typing import Any

import pytest

from syncline.core.job import StoredObject, UploadSet
from syncline.core.options import Options
from syncline.pipeline.resume import alignment_digest, translation_digest

BASE: dict[str, Any] = {"engine": "pocketsphinx", "engine_version": "1", "syncline_version": "2"}


def uploads(transcript: str = "t", recording: str = "r", **options: Any) -> UploadSet:
    return UploadSet(StoredObject("a.wav", recording, 9), StoredObject("a.txt", transcript, 9), Options(**options))


@pytest.mark.parametrize(
    "changed",
    [
        {"uploads": uploads(transcript="other")},
        {"uploads": uploads(recording="other")},
        {"uploads": uploads(conservative=True)},
        {"uploads": uploads(disfluency=True)},
        {"uploads": uploads(mode="transcribe")},
        {"engine": "gentle"},
        {"engine_version": "2"},
        {"syncline_version": "3"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_every_input_of_an_alignment_changes_its_digest(changed: dict[str, Any]) -> None:
    assert alignment_digest(**{"uploads": uploads(), **BASE, **changed}) != alignment_digest(uploads(), **BASE)


def test_outputs_and_target_languages_do_not_change_the_alignment() -> None:
    changed = uploads(outputs=("json", "csv"), translate_to=("ja",))
    assert alignment_digest(changed, **BASE) == alignment_digest(uploads(), **BASE)


def test_an_unused_transcript_does_not_change_a_transcription() -> None:
    first, second = (uploads(text, mode="transcribe") for text in ("one", "two"))
    assert alignment_digest(first, **BASE) == alignment_digest(second, **BASE)


@pytest.mark.parametrize("name", ["alignment", "language", "model", "model_revision", "syncline_version"])
def test_every_input_of_a_translation_changes_its_digest(name: str) -> None:
    base = {"alignment": "a", "language": "ja", "model": "m", "model_revision": "1", "syncline_version": "2"}
    assert translation_digest(**base) != translation_digest(**base | {name: "other"})
