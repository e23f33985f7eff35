"""What a page must know to check files before it uploads them, from the tables that the server checks with."""

from __future__ import annotations

from typing import Any

from syncline.aws.settings import Settings
from syncline.core import file_signatures, languages, layout, options
from syncline.jobs import uploads, validation

_SPECIAL_LANGUAGES = {"auto": "Detect"}


def rules(settings: Settings) -> dict[str, Any]:
    return {
        "recordings": list(layout.RECORDING_EXTENSIONS),
        "transcripts": list(uploads.TRANSCRIPT_FORMATS),
        "max_recording_bytes": min(settings.max_recording_bytes, uploads.MAX_POST_BYTES),
        "max_transcript_bytes": validation.max_transcript_bytes(settings),
        "signatures": [
            {
                "parts": [[place, part.hex()] for place, part in parts],
                "title": kind.title,
                "recordings": kind.extensions,
            }
            for parts, kind in file_signatures.signatures()
        ],
    }


def choices(settings: Settings) -> dict[str, Any]:
    """The options that a form offers, with the deployment's defaults."""
    properties, defaults = options.schema()["properties"], settings.default_options
    return {
        "languages": {code: _language_name(code) for code in properties["language"]["enum"]},
        "language": defaults.language,
        "engines": properties["engine"]["enum"],
        "engine": defaults.engine,
        "translations": dict(sorted(languages.NAMES.items(), key=lambda item: item[1])),
        "translate_to": list(defaults.translate_to),
    }


def _language_name(code: str) -> str:
    return languages.NAMES.get(code) or _SPECIAL_LANGUAGES.get(code, code)
