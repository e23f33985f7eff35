"""Digests of what a stage's result was made from. A later attempt that computes the same digest reuses the result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from syncline import __version__
from syncline.core.job import UploadSet


def alignment_digest(
    uploads: UploadSet, *, engine: str, engine_version: str, syncline_version: str = __version__
) -> str:
    """Everything that an alignment depends on: the files, the options that change it, and the engine."""
    options = uploads.options
    transcript = uploads.transcript.etag if uploads.transcript and options.needs_transcript else None
    return _digest(
        "alignment", syncline_version, uploads.recording.etag, uploads.recording.size, transcript,
        options.alignment_part(), engine, engine_version,
    )  # fmt: skip


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


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]
