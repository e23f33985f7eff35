"""The names of the files under results/: what each is called, its content type, and which are Syncline's own."""

from __future__ import annotations

import re

from syncline.core import storyboard
from syncline.core.formats import FORMATS
from syncline.core.layout import CAPTION_SUFFIXES, MAX_KEY_BYTES

ALIGNMENT_NAME = "alignment.json"
ENTITIES_NAME = "entities.json"
ANSWERS_NAME = "answers.json"
RECORD_NAME = "job.json"
WAVEFORM_NAME = "waveform.dat"

_JSON = "application/json"
_LANGUAGE = r"[a-z]{2,3}"
_LONGEST_LANGUAGE = "ceb"
_LONGEST_NUMBER = "999"


def translation_name(language: str) -> str:
    return f"translation.{language}.json"


def retimed_name(language: str, suffix: str) -> str:
    """The cues of a caption file that served as transcript, with corrected times."""
    return f"captions.{language}.retimed{suffix}"


def content_type_of(name: str) -> str:
    if name.endswith(storyboard.SHEET_SUFFIX):
        return "image/jpeg"
    for output_format in FORMATS:
        if name.endswith(output_format.suffix):
            return output_format.content_type
    return "application/octet-stream"


def is_result_name(name: str) -> bool:
    """Whether Syncline may have made the file in any version. Clean-up deletes no other file."""
    return any(pattern.fullmatch(name) for pattern in _PATTERNS)


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(re.escape(name).replace(_LONGEST_LANGUAGE, _LANGUAGE).replace(_LONGEST_NUMBER, r"\d{1,3}"))


_NAMES = (
    *(found.file_name(_LONGEST_LANGUAGE) for found in FORMATS),
    *(retimed_name(_LONGEST_LANGUAGE, suffix) for suffix in CAPTION_SUFFIXES),
    translation_name(_LONGEST_LANGUAGE),
    ENTITIES_NAME,
    ANSWERS_NAME,
    WAVEFORM_NAME,
    storyboard.VTT_NAME,
    storyboard.sheet_name(int(_LONGEST_NUMBER)),
)
_PATTERNS = tuple(map(_pattern, _NAMES))

LONGEST_RESULT_NAME = "/" + max(_NAMES, key=len)
# Room for the longest result of a recording, also of one in another bucket (results/@<bucket>/…).
MAX_RECORDING_KEY_BYTES = MAX_KEY_BYTES - len("@" + LONGEST_RESULT_NAME)
