"""What a transcript is: a text of which some parts are not spoken."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable
from dataclasses import dataclass

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Turn:
    """text[start:end] is spoken by one speaker; the name is None if the text only says that the speaker changes."""

    start: int
    end: int
    speaker: str | None


@dataclass(frozen=True, slots=True)
class SourceCue:
    """A cue of a caption file: text[start:end], with its lines as they were written, tags included."""

    start: int
    end: int
    start_ms: int
    end_ms: int
    lines: tuple[str, ...]
    settings: str = ""  # what WebVTT writes after the times


@dataclass(frozen=True, slots=True)
class Transcript:
    text: str
    unspoken: tuple[Span, ...] = ()  # spans of the text, in order
    turns: tuple[Turn, ...] = ()
    cues: tuple[SourceCue, ...] = ()  # of a caption file

    @property
    def spoken_text(self) -> str:
        """The text with spaces in place of what is not spoken; as long as the text."""
        parts, position = [], 0
        for start, end in self.unspoken:
            parts += [self.text[position:start], re.sub(r"[^\n]", " ", self.text[start:end])]
            position = end
        return "".join([*parts, self.text[position:]])

    def speaker_at(self, offset: int) -> str | None:
        index = bisect.bisect_right(self.turns, offset, key=lambda turn: turn.start) - 1
        return self.turns[index].speaker if index >= 0 and offset < self.turns[index].end else None


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans in order, those that overlap or touch as one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)
