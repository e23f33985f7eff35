"""What an output format is, and what it renders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from syncline.core.alignment import Alignment
from syncline.core.captions import CaptionOptions, Cue, cues_from_words
from syncline.core.linebreaks import SplitPhrases
from syncline.core.sentences import Sentence


@dataclass(frozen=True, slots=True)
class Recording:
    """The recording that a document belongs to. `content` is there if a page may embed it."""

    name: str = "recording"
    content_type: str = "audio/mpeg"
    content: bytes | None = None


@dataclass(frozen=True)
class Document:
    """An alignment with everything that a renderer may ask for. `language` is the spoken one."""

    alignment: Alignment
    language: str
    sentences: Sequence[Sentence]
    split_phrases: SplitPhrases
    captions: CaptionOptions = field(default_factory=CaptionOptions)
    recording: Recording = field(default_factory=Recording)

    @cached_property
    def cues(self) -> list[Cue]:
        return cues_from_words(
            self.alignment,
            self.language,
            rules=self.captions.rules(self.language),
            sentences=self.sentences,
            split_phrases=self.split_phrases,
        )


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """One line of the table of formats.

    A format with `render_cues` also has one file for each translation.
    """

    name: str  # as options and --format name it
    stem: str  # of the file name; "{language}" stands for the language's code
    suffix: str
    content_type: str
    title: str  # for help texts and pages
    render: Callable[[Document], str]
    render_cues: Callable[[Sequence[Cue], str], str] | None = None  # the cues, their language

    def file_name(self, language: str) -> str:
        return self.stem.format(language=language) + self.suffix


CAPTIONS = "captions.{language}"
ALIGNMENT = "alignment"
