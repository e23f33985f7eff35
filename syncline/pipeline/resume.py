"""Digests of what a stage's result was made from. A later attempt that computes the same digest reuses the result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from syncline import __version__
from syncline.core.job import UploadSet

_SEPARATOR = "-"


def alignment_digest(
    uploads: UploadSet, *, engine: str, engine_version: str, syncline_version: str = __version__
) -> str:
    """Everything that an alignment depends on: the files, the options that change it, and the engine.

    The first part leaves out the text. Alignments that share it are of one recording, made in one way, so that one can
    give the other the times of unchanged sentences, also where the earlier one was transcribed.
    """
    options = uploads.options
    transcript = uploads.transcript.etag if uploads.transcript and options.needs_transcript else None
    times = uploads.times.etag if uploads.times and options.needs_transcript else None
    made_in_one_way = {name: value for name, value in options.alignment_part().items() if name != "mode"}
    recording = _digest(
        "alignment", syncline_version, uploads.recording.etag, uploads.recording.size, made_in_one_way, engine,
        engine_version,
    )  # fmt: skip
    return f"{recording}{_SEPARATOR}{_digest(options.mode, transcript, times)}"


def recording_part(alignment_digest: str) -> str:
    """What the digests of all alignments of the recording begin with."""
    return alignment_digest.partition(_SEPARATOR)[0] + _SEPARATOR


def translation_digest(
    alignment: str, *, language: str, model: str, model_revision: str, syncline_version: str = __version__
) -> str:
    return _digest("translation", syncline_version, alignment, language, model, model_revision)


def entities_digest(
    alignment: str, *, language: str, model: str, model_revision: str, syncline_version: str = __version__
) -> str:
    return _digest("entities", syncline_version, alignment, language, model, model_revision)


def storyboard_digest(
    uploads: UploadSet, starts: Sequence[float | None], *, syncline_version: str = __version__
) -> str:
    """`starts` are those of all sentences."""
    return _digest("storyboard", syncline_version, uploads.recording.etag, uploads.recording.size, list(starts))


def answers_digest(
    alignment: str, *, questions: Sequence[str], model: str, model_revision: str, syncline_version: str = __version__
) -> str:
    return _digest("answers", syncline_version, alignment, list(questions), model, model_revision)


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]
