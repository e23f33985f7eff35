"""Align the sections that a correction and confirmed times leave open, each in its own excerpt of the recording."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from syncline.core.alignment import NOT_FOUND_IN_AUDIO, Alignment, Word
from syncline.core.progress import Progress
from syncline.core.realignment import Plan, Section
from syncline.media.audio import Audio
from syncline.media.excerpt import cut
from syncline.speech.engine import AlignmentOptions, Engine

SHORTEST_EXCERPT_SECONDS = 0.3  # engines need a few frames
# What an earlier alignment says about itself that does not hold for its successor.
_OWN_INFO = ("version", "revision", "sentences", "warnings", "caption_violations")


@dataclass(frozen=True, slots=True)
class SectionAligner:
    """`text` is the transcript with spaces in place of what is not spoken."""

    audio: Audio
    text: str
    engine: Engine
    options: AlignmentOptions
    progress: Progress

    def align(self, plan: Plan, earlier: Alignment | None) -> Alignment:
        aligned = list(self._aligned(plan))
        self.progress(1.0)
        known = earlier.info if earlier else {}
        info: dict[str, Any] = {name: value for each in aligned for name, value in each.info.items()}
        info |= {name: value for name, value in known.items() if name not in _OWN_INFO}
        warnings = [text for part in (known, *(each.info for each in aligned)) for text in part.get("warnings", ())]
        info["warnings"] = list(dict.fromkeys(warnings))
        return Alignment(self.text, plan.merged([each.words for each in aligned]), info)

    def _aligned(self, plan: Plan) -> Iterator[Alignment]:
        whole, done = sum(section.end - section.start for section in plan.sections) or 1.0, 0.0
        for section in plan.sections:
            share = (section.end - section.start) / whole
            yield self._align_section(section, _part(self.progress, done, share))
            done += share

    def _align_section(self, section: Section, progress: Progress) -> Alignment:
        text = self.text[section.start_offset : section.end_offset]
        if not text.strip():  # only a speaker's label or a remark
            return Alignment(text, ())
        path = self.audio.path.with_name("section.raw")
        excerpt = cut(self.audio, section.start, section.end, path, least_seconds=SHORTEST_EXCERPT_SECONDS)
        try:
            found = self.engine.align(excerpt, text, self.options, progress)
        finally:
            path.unlink()
        words = tuple(_within(word, section.end - section.start) for word in found.words)
        warnings = [f"From {section.start:.1f} s: {warning}" for warning in found.info.get("warnings", ())]
        return Alignment(text, words, {**found.info, "warnings": warnings})


def _part(progress: Progress, low: float, share: float) -> Progress:
    return lambda fraction: progress(low + share * fraction)


def _within(word: Word, seconds: float) -> Word:
    """The word inside the section: the silence at the end of a short excerpt is not part of the recording."""
    if word.start is None or word.end is None or word.end <= seconds:
        return word
    if word.start < seconds:
        return replace(word, end=seconds)
    return Word(NOT_FOUND_IN_AUDIO, word.word, start_offset=word.start_offset, end_offset=word.end_offset)
