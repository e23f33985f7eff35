"""What a finished stage was made from, as a digest beside its result: a later attempt that needs the same
starts after it. Pure.
"""

from __future__ import annotations

import hashlib
import json

from syncline import __version__
from syncline.core.job import UploadSet


def alignment_digest(uploads: UploadSet, *, engine: str, engine_version: str) -> str:
    """Everything that the alignment depends on; not the outputs or the languages that were asked for."""
    wishes = uploads.options
    transcript = uploads.transcript.etag if uploads.transcript and wishes.needs_transcript else None
    return _digest(
        "alignment", __version__, uploads.recording.etag, uploads.recording.size, transcript,
        wishes.mode, wishes.language, wishes.conservative, wishes.disfluency, engine, engine_version,
    )  # fmt: skip


def translation_digest(alignment: str, *, language: str, model: str, model_revision: str) -> str:
    return _digest("translation", __version__, alignment, language, model, model_revision)


def _digest(*parts: str | int | bool | None) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
