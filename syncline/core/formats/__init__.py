"""The table of output formats. A new format is one module beside this one and one line in FORMATS.

The pipeline, the bucket, the command line, the API's schema, the pages and the clean-up of old results read this table.
The Lambda functions need only the table, so a format's module is imported when it renders.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from syncline.core.errors import InvalidOptionsError
from syncline.core.suggestions import did_you_mean

if TYPE_CHECKING:
    from syncline.core.captions.layout import Cue
    from syncline.core.formats.model import Document

__all__ = ["CAPTION_FORMATS", "FORMATS", "NAMES", "OutputFormat", "by_suffix", "named"]


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """One line of the table of formats. `module` has `render(document)`.

    With `of_translations` there is also a file for each translation, and the module has `render_cues(cues, language)`.
    """

    name: str  # as options and --format name it
    stem: str  # of the file name; "{language}" stands for the language's code
    suffix: str
    content_type: str
    title: str  # for help texts and pages
    module: str
    of_translations: bool = False

    def file_name(self, language: str) -> str:
        return self.stem.format(language=language) + self.suffix

    def render(self, document: Document) -> str:
        return str(self._module().render(document))

    def render_cues(self, cues: Sequence[Cue], language: str) -> str:
        return str(self._module().render_cues(cues, language))

    def _module(self) -> Any:
        return import_module(f"{__name__}.{self.module}")


_CAPTIONS, _ALIGNMENT, _TEXT = "captions.{language}", "alignment", "text/plain; charset=utf-8"

FORMATS = (
    # json is always written: other stages and later attempts read it.
    OutputFormat("json", _ALIGNMENT, ".json", "application/json", "Gentle's JSON", "gentle_json"),
    OutputFormat("csv", _ALIGNMENT, ".csv", "text/csv; charset=utf-8", "Gentle's CSV", "gentle_csv"),
    OutputFormat("srt", _CAPTIONS, ".srt", "application/x-subrip; charset=utf-8", "SRT captions", "srt", True),
    OutputFormat("vtt", _CAPTIONS, ".vtt", "text/vtt; charset=utf-8", "WebVTT captions", "webvtt", True),
    OutputFormat(
        "vtt-words", _CAPTIONS, ".words.vtt", "text/vtt; charset=utf-8", "WebVTT captions with word times",
        "words_webvtt",
    ),
    OutputFormat("ass", _CAPTIONS, ".ass", "text/x-ssa; charset=utf-8", "ASS with karaoke", "ass", True),
    OutputFormat("ttml", _CAPTIONS, ".ttml", "application/ttml+xml", "TTML (IMSC 1.1 Text)", "ttml", True),
    OutputFormat("textgrid", _ALIGNMENT, ".TextGrid", _TEXT, "Praat TextGrid", "textgrid"),
    OutputFormat("eaf", _ALIGNMENT, ".eaf", "application/xml", "ELAN", "eaf"),
    OutputFormat("audacity", _ALIGNMENT, ".labels.txt", _TEXT, "Audacity label track", "audacity"),
    OutputFormat("ctm", _ALIGNMENT, ".ctm", _TEXT, "NIST CTM", "ctm"),
    OutputFormat("html", "transcript", ".html", "text/html; charset=utf-8", "A page to read along", "read_along"),
)  # fmt: skip
NAMES = tuple(output_format.name for output_format in FORMATS)
CAPTION_FORMATS = tuple(output_format for output_format in FORMATS if output_format.of_translations)


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
