"""Captions: what is said, cut into cues of at most two lines, and when to show them.

From word times in the spoken language, from sentence times in the others. Where cues end is the cheapest way
through the text: ending at a sentence costs nothing, at a pause or a clause little, elsewhere much. Every
word of the text is shown, heard or not; one that was not heard takes its place between its neighbours.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby, pairwise, takewhile
from typing import Protocol

from syncline.core import sentences as sentence_splitting
from syncline.core.alignment import Alignment, Word
from syncline.core.linebreaks import Piece, pieces

SHORTEST_MS = 833  # five sixths of a second
LONGEST_MS = 7000
BRIEFEST_MS = 500  # at the recording's very end, where no time is left to read in: begin earlier rather than flash
GAP_MS = 84  # two frames at 24 a second: without it, two cues in a row look like one that flickers
PAUSE_SECONDS = 0.5
LONG_PAUSE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Style:
    """Columns, because a full-width character takes two of them."""

    columns: int
    columns_per_second: float


LATIN = Style(columns=42, columns_per_second=17)
STYLES = {
    "ja": Style(columns=32, columns_per_second=8),
    "zh": Style(columns=32, columns_per_second=18),
    "ko": Style(columns=32, columns_per_second=24),
    "th": Style(columns=35, columns_per_second=17),
}


@dataclass(frozen=True, slots=True)
class Cue:
    start_ms: int
    end_ms: int
    lines: tuple[str, ...]


class TimedText(Protocol):
    """A sentence, in whichever language; without times when none of its words was heard."""

    @property
    def text(self) -> str: ...
    @property
    def start(self) -> float | None: ...
    @property
    def end(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class _Span:
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class _Ending:
    """What it costs to end a cue at some place, to let a cue run on past it, and to end its first line there."""

    stop: float
    run_on: float
    line: float  # in columns by which the lines may differ instead


_SENTENCE_END = _Ending(stop=0, run_on=12, line=0)
_PAUSE = _Ending(stop=2, run_on=3, line=2)
_CLAUSE_END = _Ending(stop=4, run_on=0, line=4)
_WORD_END = _Ending(stop=20, run_on=0, line=16)
_LONG_PAUSE_RUN_ON = 60

_HURRIED = 2  # times the comfortable reading speed: faster than this, a text is given more than its own time

_CUE_COST = 10
_BRIEF_COST = 15
_OVERLONG_COST = 200  # for each second beyond the longest
_FULLNESS_COST = 4  # grows with the square: two even cues rather than a full one and a scrap

_CLAUSE_MARKS = frozenset(",;:—–、，；：､،؛·")
_CLOSERS = "\"'”’»›)]}」』）】》〉"


@dataclass(frozen=True, slots=True)
class _Unit:
    """A piece of text with its time, and what ends after it."""

    piece: Piece
    span: _Span
    ending: _Ending


def style_of(language: str) -> Style:
    return STYLES.get(language, LATIN)


def cues_from_words(alignment: Alignment, language: str) -> list[Cue]:
    """Cues in the spoken language. None at all when no word was heard: made-up times would help nobody."""
    style, until = style_of(language), audio_seconds(alignment)
    parts = pieces(alignment.transcript, language, columns=style.columns)
    heard = _heard(parts, alignment.words)
    sentences = sentence_splitting.split(alignment.transcript, alignment.words, language)
    ends = {sentence.end_offset for sentence in sentences}
    text = _Untimed([part.width for part in parts], [True, *(part.end in ends for part in parts)], style)
    spans = text.fill(heard, until=until)
    return _shown(_cut(_units(parts, spans, ends), style), style, until)


def cues_from_sentences(sentences: Sequence[TimedText], language: str, *, until: float | None = None) -> list[Cue]:
    """Cues in another language: each sentence's span, shared out among its text by length.

    `until` is where the recording ends, when that is known: nothing is shown after it.
    """
    style = style_of(language)
    texts = [pieces(sentence.text, language, columns=style.columns) for sentence in sentences]
    kept = [(parts, _span_of(item)) for parts, item in zip(texts, sentences, strict=True) if parts]
    widths = [sum(part.width for part in parts) for parts, _ in kept]
    spans = _Untimed(widths, [True] * (len(kept) + 1), style).fill(_in_order([span for _, span in kept]), until=until)
    groups: list[list[_Unit]] = []
    for index, span in enumerate(spans):
        parts = kept[index][0]
        later = spans[index + 1].start if index + 1 < len(spans) else until or math.inf
        readable = _readable(span, widths[index] / (_HURRIED * style.columns_per_second), later)
        groups += _cut(_units(parts, _shared(readable, [part.width for part in parts]), set()), style)
    return _shown(groups, style, until)


def audio_seconds(alignment: Alignment) -> float | None:
    """Where the recording ends. Gentle's own alignments do not say."""
    seconds = alignment.info.get("audio_seconds")
    return float(seconds) if isinstance(seconds, int | float) else None


def to_srt(cues: Sequence[Cue]) -> str:
    """By hand: pysubs2 takes {braces} and backslashes in the text for its own markup and drops them."""
    return "".join(
        f"{number}\n{_clock(cue.start_ms, ',')} --> {_clock(cue.end_ms, ',')}\n{_srt_text(cue)}\n\n"
        for number, cue in enumerate(cues, start=1)
    )


def to_vtt(cues: Sequence[Cue]) -> str:
    """By hand: pysubs2 leaves unescaped what WebVTT wants escaped, and webvtt-py refuses to write it."""
    blocks = (
        f"\n{number}\n{_clock(cue.start_ms, '.')} --> {_clock(cue.end_ms, '.')}\n{_vtt_text(cue)}\n"
        for number, cue in enumerate(cues, start=1)
    )
    return "WEBVTT\n" + "".join(blocks)


def _srt_text(cue: Cue) -> str:
    return "\n".join(cue.lines).replace("-->", "→")  # SRT has no escapes, and this would begin a cue


def _vtt_text(cue: Cue) -> str:
    return "\n".join(cue.lines).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clock(milliseconds: int, mark: str) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{mark}{thousandths:03d}"


# --- times ---------------------------------------------------------------------------------------------------


def _heard(parts: Sequence[Piece], words: Sequence[Word]) -> list[_Span | None]:
    """When each piece was said. A piece may hold several words ("twenty-one"), or be a part of one."""
    own = sorted((word for word in words if word.end_offset is not None), key=lambda word: word.start_offset or 0)
    spans = _in_order([_span_of(word) if word.aligned else None for word in own])
    timed = [(word, span) for word, span in zip(own, spans, strict=True) if span is not None]
    found: list[_Span | None] = []
    first = 0
    for part in parts:
        while first < len(timed) and (timed[first][0].end_offset or 0) <= part.start:
            first += 1
        inside = [_overlap(part, word, span) for word, span in _until(timed[first:], part.end)]
        found.append(_Span(inside[0].start, max(span.end for span in inside)) if inside else None)
    return found


def _until(timed: Sequence[tuple[Word, _Span]], offset: int) -> Iterator[tuple[Word, _Span]]:
    return takewhile(lambda item: (item[0].start_offset or 0) < offset, timed)


def _overlap(part: Piece, word: Word, span: _Span) -> _Span:
    """The share of the word's time that falls into the piece: all of it, unless the word is cut."""
    start, end = word.start_offset or 0, word.end_offset or 0
    per_character = (span.end - span.start) / max(1, end - start)
    return _Span(
        span.start + per_character * max(0, part.start - start), span.end - per_character * max(0, end - part.end)
    )


def _span_of(item: TimedText | Word) -> _Span | None:
    if item.start is None or item.end is None or not 0 <= item.start <= item.end < math.inf:
        return None
    return _Span(item.start, item.end)


def _in_order(spans: Sequence[_Span | None]) -> list[_Span | None]:
    """Keep the longest run of spans that go forward: one word heard an hour late must not drag the rest along."""
    last: list[float] = []  # the lowest start that a run of each length can end with
    length = [0] * len(spans)
    for index, span in enumerate(spans):
        if span is not None:
            place = bisect_right(last, span.start)
            last[place : place + 1] = [span.start]
            length[index] = place + 1
    kept: list[_Span | None] = [None] * len(spans)
    wanted = len(last)
    for index in range(len(spans) - 1, -1, -1):
        if wanted and length[index] == wanted:
            kept[index] = spans[index]
            wanted -= 1
    return kept


@dataclass(frozen=True, slots=True)
class _Untimed:
    """Gives text that was not heard its place between what was, by its length."""

    widths: Sequence[int]
    after_sentence: Sequence[bool]  # for each item, and one more for what follows the last
    style: Style

    def fill(self, known: Sequence[_Span | None], *, until: float | None = None) -> list[_Span]:
        if not any(known):
            return []
        spans: list[_Span] = []
        index = 0
        for is_known, group in groupby(known, key=lambda span: span is not None):
            count = len(list(group))
            if is_known:
                spans += [span for span in known[index : index + count] if span is not None]
            else:
                after = known[index + count] if index + count < len(known) else None
                window = self._window(index, index + count, spans[-1] if spans else None, after, until)
                spans += _shared(window, self.widths[index : index + count])
            index += count
        return spans

    def _window(self, first: int, stop: int, before: _Span | None, after: _Span | None, until: float | None) -> _Span:
        """No longer than reading takes: three unheard words before a minute of music are not said all through it."""
        needed = sum(self.widths[first:stop]) / self.style.columns_per_second
        if after is None:
            start = before.end if before else 0.0
            return _Span(start, max(start, min(start + needed, until or math.inf)))
        if before is None or (self.after_sentence[first] and not self.after_sentence[stop]):
            earliest = before.end if before else 0.0
            return _Span(min(after.start, max(earliest, after.start - needed)), after.start)
        start = min(before.end, after.start)
        return _Span(start, min(after.start, start + needed))


def _shared(span: _Span, widths: Sequence[int]) -> list[_Span]:
    total = sum(widths) or 1
    marks = [span.start + (span.end - span.start) * done / total for done in accumulate(widths, initial=0)]
    return [_Span(start, end) for start, end in pairwise(marks)]


def _readable(span: _Span, needed: float, later: float) -> _Span:
    """Stretch into the silence after it, where nobody could read that much in the sentence's own time."""
    end = min(max(span.end, span.start + needed), later)
    return _Span(span.start, max(span.start, end))


# --- where cues end ------------------------------------------------------------------------------------------


def _units(parts: Sequence[Piece], spans: Sequence[_Span], sentence_ends: set[int]) -> list[_Unit]:
    """No units at all when nothing has a time."""
    followers = [*spans[1:], None]
    return [
        _Unit(part, span, _ending(part, span, follower, part.end in sentence_ends))
        for part, span, follower in zip(parts, spans, followers, strict=False)
    ]


def _ending(part: Piece, span: _Span, follower: _Span | None, ends_sentence: bool) -> _Ending:
    pause = follower.start - span.end if follower else 0.0
    mark = part.text.rstrip(_CLOSERS)[-1:]
    if ends_sentence:
        ending = _SENTENCE_END
    elif pause > PAUSE_SECONDS:
        ending = _PAUSE
    elif mark in _CLAUSE_MARKS:
        ending = _CLAUSE_END
    else:
        ending = _WORD_END
    return replace(ending, run_on=_LONG_PAUSE_RUN_ON) if pause > LONG_PAUSE_SECONDS else ending


def _cut(units: Sequence[_Unit], style: Style) -> list[list[_Unit]]:
    """The cheapest way to cut the units into cues that fit two lines, by dynamic programming."""
    reach = _line_reaches(units, style.columns)
    columns = [*accumulate((unit.piece.width + len(unit.piece.gap) for unit in units), initial=0)]
    run_on = [*accumulate((unit.ending.run_on for unit in units), initial=0.0)]
    best, previous = [0.0], [0]
    for stop in range(1, len(units) + 1):
        costs: list[tuple[float, int]] = []
        for start in range(stop - 1, -1, -1):
            if stop > reach[reach[start]]:
                break
            fullness = (columns[stop] - columns[start]) / (2 * style.columns)
            cost = _CUE_COST + _FULLNESS_COST * fullness**2 + run_on[stop - 1] - run_on[start]
            costs.append((best[start] + cost + _time_cost(units, start, stop), start))
        cheapest, start = min(costs)
        best.append(cheapest + units[stop - 1].ending.stop)
        previous.append(start)
    return _walk_back(units, previous)


def _line_reaches(units: Sequence[_Unit], columns: int) -> list[int]:
    """For each unit, where a line that begins with it must end at the latest. One unit always fits."""
    ends = [*accumulate((unit.piece.width + len(unit.piece.gap) for unit in units), initial=0)]
    reaches = [
        max(index + 1, bisect_right(ends, ends[index] + len(unit.piece.gap) + columns) - 1)
        for index, unit in enumerate(units)
    ]
    return [*reaches, len(units)]


def _time_cost(units: Sequence[_Unit], start: int, stop: int) -> float:
    begins = units[start].span.start
    overlong = units[stop - 1].span.end - begins - LONGEST_MS / 1000
    if overlong > 0 and stop - start > 1:
        return _OVERLONG_COST * overlong
    brief = stop < len(units) and units[stop].span.start - begins < SHORTEST_MS / 1000
    return _BRIEF_COST if brief else 0


def _walk_back(units: Sequence[_Unit], previous: Sequence[int]) -> list[list[_Unit]]:
    groups = []
    stop = len(units)
    while stop:
        groups.append(list(units[previous[stop] : stop]))
        stop = previous[stop]
    return groups[::-1]


# --- how a cue looks -----------------------------------------------------------------------------------------


def _shown(groups: Sequence[Sequence[_Unit]], style: Style, until: float | None) -> list[Cue]:
    """Give each cue the time that reading it takes, where the next one, or the recording's end, leaves it."""
    starts: list[int] = []
    for group in groups:
        start = round(group[0].span.start * 1000)
        starts.append(max(start, starts[-1] + 1) if starts else start)
    last = int(until * 1000) if until else None
    if last is not None:
        starts = _early_enough(starts, last)
    return [
        Cue(start, _end(group, start, later, last, style), _lines(group, style.columns))
        for group, start, later in zip(groups, starts, [*starts[1:], None], strict=False)
    ]


def _early_enough(starts: Sequence[int], last: int) -> list[int]:
    """Text that nobody heard may find no time left at the end; the cues before it make room."""
    count = len(starts)
    step = min(BRIEFEST_MS, last // max(1, count))
    return [min(start, last - step * (count - index)) for index, start in enumerate(starts)]


def _end(group: Sequence[_Unit], start: int, later: int | None, last: int | None, style: Style) -> int:
    reading = round(1000 * sum(unit.piece.width for unit in group) / style.columns_per_second)
    spoken_end = round(max(unit.span.end for unit in group) * 1000)
    end = min(max(spoken_end, start + max(reading, SHORTEST_MS)), start + LONGEST_MS)
    if later is None:
        return end if last is None else max(start, min(end, last))
    room = later - start
    return min(end, later - min(GAP_MS, room // 2))


def _lines(group: Sequence[_Unit], columns: int) -> tuple[str, ...]:
    if len(group) == 1 or _width(group) <= columns:
        return (_text(group),)
    cuts = [cut for cut in range(1, len(group)) if _fits(group[:cut], columns) and _fits(group[cut:], columns)]
    best = min(cuts, key=lambda cut: _imbalance(group[:cut], group[cut:]))
    return _text(group[:best]), _text(group[best:])


def _imbalance(upper: Sequence[_Unit], lower: Sequence[_Unit]) -> float:
    difference = _width(lower) - _width(upper)
    return abs(difference) + (2 if difference < 0 else 0) + upper[-1].ending.line


def _fits(group: Sequence[_Unit], columns: int) -> bool:
    return len(group) == 1 or _width(group) <= columns


def _width(group: Sequence[_Unit]) -> int:
    return sum(unit.piece.width + len(unit.piece.gap) for unit in group) - len(group[0].piece.gap)


def _text(group: Sequence[_Unit]) -> str:
    return "".join(unit.piece.gap + unit.piece.text for unit in group).removeprefix(group[0].piece.gap)
