"""What an output format renders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from syncline.core.alignment import Alignment
from syncline.core.captions.cues import cues_from_words
from syncline.core.captions.layout import Cue
from syncline.core.captions.style import CaptionOptions
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
