"""The table of output formats. A new format is one module beside this one and one line in FORMATS.

The pipeline, the bucket, the command line, the API's schema, the pages and the clean-up of old results read this table.
"""

from __future__ import annotations

from syncline.core.errors import InvalidOptionsError
from syncline.core.formats import (
    ass,
    audacity,
    ctm,
    eaf,
    gentle_csv,
    gentle_json,
    read_along,
    srt,
    textgrid,
    ttml,
    webvtt,
    words_webvtt,
)
from syncline.core.formats.model import Document, OutputFormat, Recording
from syncline.core.suggestions import did_you_mean

__all__ = ["CAPTION_FORMATS", "FORMATS", "NAMES", "Document", "OutputFormat", "Recording", "by_suffix", "named"]

FORMATS = (
    gentle_json.FORMAT,  # always written: other stages and later attempts read it
    gentle_csv.FORMAT,
    srt.FORMAT,
    webvtt.FORMAT,
    words_webvtt.FORMAT,
    ass.FORMAT,
    ttml.FORMAT,
    textgrid.FORMAT,
    eaf.FORMAT,
    audacity.FORMAT,
    ctm.FORMAT,
    read_along.FORMAT,
)
NAMES = tuple(output_format.name for output_format in FORMATS)
CAPTION_FORMATS = tuple(output_format for output_format in FORMATS if output_format.render_cues)


def named(name: str) -> OutputFormat:
    for output_format in FORMATS:
        if output_format.name == name:
            return output_format
    raise InvalidOptionsError(
        f"“{name[:80]}” is not an output format.{did_you_mean(name, NAMES)}",
        code="unknown_output",
        hint=f"Output formats are: {', '.join(NAMES)}.",
    )


def by_suffix(file_name: str) -> OutputFormat | None:
    """The format that a file name asks for, such as "talk.srt"; the longest matching suffix decides."""
    matching = [found for found in FORMATS if file_name.lower().endswith(found.suffix.lower())]
    return max(matching, key=lambda found: len(found.suffix), default=None)
