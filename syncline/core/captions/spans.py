"""When each piece of text is spoken, or is placed if no word of it was heard."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, pairwise
from typing import Protocol

from syncline.core.alignment import Word
from syncline.core.captions.style import CaptionRules
from syncline.core.linebreaks import Piece


class TimedText(Protocol):
    """A sentence in any language. It has no times if none of its words was heard."""

    @property
    def text(self) -> str: ...
    @property
    def start(self) -> float | None: ...
    @property
    def end(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the recording, in seconds."""

    start: float
    end: float


def spoken_spans(parts: Sequence[Piece], words: Sequence[Word]) -> list[Span | None]:
    """When each piece was spoken; None if it was not heard. A piece may hold several words, or be a part of one."""
    own = sorted((word for word in words if word.end_offset is not None), key=lambda word: word.start_offset or 0)
    spans = forward_spans([span_of(word) if word.aligned else None for word in own])
    timed = [(word, span) for word, span in zip(own, spans, strict=True) if span is not None]
    found: list[Span | None] = []
    first = 0
    for part in parts:
        while first < len(timed) and (timed[first][0].end_offset or 0) <= part.start:
            first += 1
        inside = [_overlap(part, word, span) for word, span in _starting_before(timed, first, part.end)]
        found.append(Span(inside[0].start, max(span.end for span in inside)) if inside else None)
    return found


def hold_words(parts: Sequence[Piece], words: Sequence[Word]) -> list[bool]:
    """Whether each piece holds a word of the transcript. Speaker labels and remarks hold none: they are not spoken."""
    own = sorted(
        (word.start_offset, word.end_offset)
        for word in words
        if word.start_offset is not None and word.end_offset is not None
    )
    ends = [end for _, end in own]
    following = [bisect_right(ends, part.start) for part in parts]
    return [index < len(own) and own[index][0] < part.end for part, index in zip(parts, following, strict=True)]


def _starting_before(timed: Sequence[tuple[Word, Span]], first: int, offset: int) -> Iterator[tuple[Word, Span]]:
    for index in range(first, len(timed)):
        if (timed[index][0].start_offset or 0) >= offset:
            return
        yield timed[index]


def _overlap(part: Piece, word: Word, span: Span) -> Span:
    """The share of the word's time that falls into the piece: all of it, unless the word is cut."""
    start, end = word.start_offset or 0, word.end_offset or 0
    per_character = (span.end - span.start) / max(1, end - start)
    return Span(
        span.start + per_character * max(0, part.start - start), span.end - per_character * max(0, end - part.end)
    )


def span_of(item: TimedText | Word) -> Span | None:
    if item.start is None or item.end is None or not 0 <= item.start <= item.end < math.inf:
        return None
    return Span(item.start, item.end)


def forward_spans(spans: Sequence[Span | None]) -> list[Span | None]:
    """Keep the longest subsequence in time order, so that one word placed an hour late does not move the rest."""
    last: list[float] = []  # the lowest start that a run of each length can end with
    length = [0] * len(spans)
    for index, span in enumerate(spans):
        if span is not None:
            place = bisect_right(last, span.start)
            last[place : place + 1] = [span.start]
            length[index] = place + 1
    kept: list[Span | None] = [None] * len(spans)
    wanted = len(last)
    for index in range(len(spans) - 1, -1, -1):
        if wanted and length[index] == wanted:
            kept[index] = spans[index]
            wanted -= 1
    return kept


@dataclass(frozen=True, slots=True)
class GapFiller:
    """Places text that was not heard between its neighbours that were, by its length."""

    widths: Sequence[int]
    after_sentence: Sequence[bool]  # whether a sentence ends before each item, and after the last one
    rules: CaptionRules

    def fill(self, known: Sequence[Span | None], *, until: float | None = None) -> list[Span]:
        if not any(known):
            return []
        spans: list[Span] = []
        index = 0
        for is_known, group in groupby(known, key=lambda span: span is not None):
            count = len(list(group))
            if is_known:
                spans += [span for span in known[index : index + count] if span is not None]
            else:
                after = known[index + count] if index + count < len(known) else None
                window = self._window(index, index + count, spans[-1] if spans else None, after, until)
                spans += divide(window, self.widths[index : index + count])
            index += count
        return spans

    def _window(self, first: int, stop: int, before: Span | None, after: Span | None, until: float | None) -> Span:
        """The span for items first..stop, no longer than reading takes: three unheard words before a minute of music do
        not fill that minute."""
        needed = sum(self.widths[first:stop]) / self.rules.columns_per_second
        if after is None:
            start = before.end if before else 0.0
            return Span(start, max(start, min(start + needed, until or math.inf)))
        if before is None or (self.after_sentence[first] and not self.after_sentence[stop]):
            earliest = before.end if before else 0.0
            return Span(min(after.start, max(earliest, after.start - needed)), after.start)
        start = min(before.end, after.start)
        return Span(start, min(after.start, start + needed))


def divide(span: Span, widths: Sequence[int]) -> list[Span]:
    """Divide the span in proportion to the widths."""
    total = sum(widths) or 1
    marks = [span.start + (span.end - span.start) * done / total for done in accumulate(widths, initial=0)]
    return [Span(start, end) for start, end in pairwise(marks)]


def extend_to_read(span: Span, needed: float, limit: float) -> Span:
    """Extend the span into the silence that follows, up to `limit`, if its text cannot be read in its own time."""
    end = min(max(span.end, span.start + needed), limit)
    return Span(span.start, max(span.start, end))
