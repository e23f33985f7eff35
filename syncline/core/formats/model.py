"""What an output format is, and what it renders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from syncline.core.alignment import Alignment
from syncline.core.captions import Cue, cues_from_words
from syncline.core.linebreaks import SplitPhrases
from syncline.core.sentences import Sentence


@dataclass(frozen=True)
class Document:
    """An alignment with everything that a renderer may ask for. `language` is the spoken one."""

    alignment: Alignment
    language: str
    sentences: Sequence[Sentence]
    split_phrases: SplitPhrases

    @cached_property
    def cues(self) -> list[Cue]:
        return cues_from_words(
            self.alignment, self.language, sentences=self.sentences, split_phrases=self.split_phrases
        )


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """One line of the table of formats.

    A format with `render_cues` is a caption format: there is one file per language, the spoken one and each
    translation. Every other format has one file per recording.
    """

    name: str  # as options and --format name it
    suffix: str
    content_type: str
    title: str  # for help texts and pages
    render: Callable[[Document], str]
    render_cues: Callable[[Sequence[Cue]], str] | None = None

    def file_name(self, language: str) -> str:
        return f"captions.{language}{self.suffix}" if self.render_cues else f"alignment{self.suffix}"
