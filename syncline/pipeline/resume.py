"""What a finished stage was made from, as a digest beside its result: a later attempt that needs the same
starts after it. Pure.
"""

from __future__ import annotations

import hashlib
import json

from syncline import __version__
from syncline.core.job import UploadSet


def alignment_digest(uploads: UploadSet, *, engine: str, engine_version: str) -> str:
    """Everything that the alignment depends on: the files, the options that change it, and the engine that ran."""
    options = uploads.options
    transcript = uploads.transcript.etag if uploads.transcript and options.needs_transcript else None
    return _digest(
        "alignment", __version__, uploads.recording.etag, uploads.recording.size, transcript,
        options.alignment_part(), engine, engine_version,
    )  # fmt: skip


def translation_digest(alignment: str, *, language: str, model: str, model_revision: str) -> str:
    return _digest("translation", __version__, alignment, language, model, model_revision)


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]
