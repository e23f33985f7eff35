from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.core.alignment import Alignment
from syncline.core.options import Options
from syncline.core.progress import Progress
from syncline.core.transcript import Transcript
from syncline.media import DecodedAudio
from syncline.media.audio import Audio
from syncline.pipeline.processing import (
    SENTENCES_PER_GROUP,
    Material,
    align,
    group_languages,
    target_languages,
    translation_warnings,
)
from syncline.speech.engine import AlignmentOptions


def aligned(sentences: int) -> Alignment:
    sentence = {"id": 0, "startOffset": 0, "endOffset": 2, "text": "a.", "start": None, "end": None}
    return Alignment("a.", (), {"sentences": [sentence] * sentences})


@given(st.integers(0, 2000), st.lists(st.sampled_from(["ja", "fr", "de", "es", "zh", "ko"]), unique=True))
def test_groups_keep_every_language_in_order_and_stay_small(sentences: int, languages: list[str]) -> None:
    groups = group_languages(aligned(sentences), languages)

    assert [language for group in groups for language in group] == languages
    assert all(group for group in groups)
    assert all(len(group) == 1 or len(group) * sentences <= 1.5 * SENTENCES_PER_GROUP for group in groups)


def test_a_short_transcript_is_translated_into_all_languages_at_once_a_long_one_into_one_at_a_time() -> None:
    assert group_languages(aligned(20), ["ja", "fr", "de"]) == [("ja", "fr", "de")]
    assert group_languages(aligned(700), ["ja", "fr"]) == [("ja",), ("fr",)]


@pytest.mark.parametrize(
    ("detected", "targets", "warning"),
    [
        ("it", ("ja", "fr"), ""),
        ("fr", ("ja",), "There is no translation into “fr”"),
        ("eu", (), "“eu”, the language spoken, cannot be translated"),
    ],
)
def test_a_detected_language_is_not_translated_into_itself(detected, targets, warning) -> None:
    found = Alignment("a.", (), {"language": detected})
    options = Options(language="auto", engine="whisper", translate_to=("ja", "fr"))

    assert target_languages(found, options) == targets
    assert warning in " ".join(translation_warnings(found, options))
    assert bool(translation_warnings(found, options)) == bool(warning)


class RecordingEngine:
    """Keeps the language that it was asked for."""

    name, version = "whisper", "1"

    def align(self, audio: Audio, transcript: str, options: AlignmentOptions, progress: Progress) -> Alignment:
        self.language = options.language
        return Alignment(transcript, ())

    transcribe = align


def test_a_corrected_transcript_is_in_the_language_that_was_detected_before(tmp_path: Path) -> None:
    (tmp_path / "audio.raw").write_bytes(bytes(32_000))
    material = Material(DecodedAudio(tmp_path / "audio.raw", 16_000), Transcript("Buongiorno."))
    earlier = Alignment("Buon giorno.", (), {"language": "it", "audio_seconds": 1.0})
    engine = RecordingEngine()

    found = align(material, Options(language="auto", engine="whisper"), engine, lambda share: None, earlier=earlier)

    assert engine.language == "it"
    assert found.language == "it"
