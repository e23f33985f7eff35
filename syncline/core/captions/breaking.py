"""Where cues end: the cheapest way to cut the text, found by dynamic programming."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from syncline.core.captions.spans import Span
from syncline.core.captions.style import CaptionRules
from syncline.core.linebreaks import Piece

PAUSE_SECONDS = 0.5
LONG_PAUSE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Boundary:
    """What ends after a piece of text, and what it costs to break there."""

    stop: float  # to end a cue here
    run_on: float  # to continue a cue past here
    line: float  # to end a cue's first line here, in columns of difference between the two lines


_SENTENCE_END = Boundary(stop=0, run_on=12, line=0)
_PAUSE = Boundary(stop=2, run_on=3, line=2)
_CLAUSE_END = Boundary(stop=4, run_on=0, line=4)
_WORD_END = Boundary(stop=20, run_on=0, line=16)
_LONG_PAUSE_RUN_ON = 60
_SPEAKER_RUN_ON = 200  # two speakers share a cue only if nothing else is possible

_CUE_COST = 10
_BRIEF_COST = 15
_OVERLONG_COST = 200  # for each second beyond the longest
_FULLNESS_COST = 4  # times the square of the fullness: two even cues cost less than a full one and a short one

_CLAUSE_MARKS = frozenset(",;:—–、，；：､،؛·")
_CLOSERS = "\"'”’»›)]}」』）】》〉"


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of text with its span and the boundary after it."""

    piece: Piece
    span: Span
    ending: Boundary
    heard: bool  # whether the span is the time of a word, rather than a place between words


def make_units(
    parts: Sequence[Piece],
    spans: Sequence[Span],
    heard: Sequence[bool],
    *,
    sentence_ends: Collection[int] = (),
    speaker_ends: Collection[int] = (),
) -> list[Unit]:
    """An empty list if there are no spans."""
    units = []
    for part, span, follower, was_heard in zip(parts, spans, [*spans[1:], None], heard, strict=False):
        ending = _ending(part, span, follower, part.end in sentence_ends)
        if part.end in speaker_ends:
            ending = replace(ending, run_on=_SPEAKER_RUN_ON)
        units.append(Unit(part, span, ending, was_heard))
    return units


def _ending(part: Piece, span: Span, follower: Span | None, ends_sentence: bool) -> Boundary:
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


def group_units(units: Sequence[Unit], rules: CaptionRules) -> list[list[Unit]]:
    """The cheapest grouping of units into cues that fit their lines."""
    reach = _cue_reaches(units, rules)
    columns = [*accumulate((unit.piece.width + len(unit.piece.gap) for unit in units), initial=0)]
    run_on = [*accumulate((unit.ending.run_on for unit in units), initial=0.0)]
    best, previous = [0.0], [0]
    for stop in range(1, len(units) + 1):
        costs: list[tuple[float, int]] = []
        for start in range(stop - 1, -1, -1):
            if stop > reach[start]:
                break
            fullness = (columns[stop] - columns[start]) / (rules.lines * rules.columns)
            cost = _CUE_COST + _FULLNESS_COST * fullness**2 + run_on[stop - 1] - run_on[start]
            costs.append((best[start] + cost + _time_cost(units, start, stop, rules), start))
        cheapest, start = min(costs)
        best.append(cheapest + units[stop - 1].ending.stop)
        previous.append(start)
    return _backtrace(units, previous)


def _cue_reaches(units: Sequence[Unit], rules: CaptionRules) -> list[int]:
    """For each unit, where a cue that starts with it must end at the latest."""
    by_line = _line_reaches(units, rules.columns)
    reaches = list(range(len(units) + 1))
    for _ in range(rules.lines):
        reaches = [by_line[reach] for reach in reaches]
    return reaches


def _line_reaches(units: Sequence[Unit], columns: int) -> list[int]:
    """For each unit, where a line that starts with it must end at the latest. A single unit always fits."""
    ends = [*accumulate((unit.piece.width + len(unit.piece.gap) for unit in units), initial=0)]
    reaches = [
        max(index + 1, bisect_right(ends, ends[index] + len(unit.piece.gap) + columns) - 1)
        for index, unit in enumerate(units)
    ]
    return [*reaches, len(units)]


def _time_cost(units: Sequence[Unit], start: int, stop: int, rules: CaptionRules) -> float:
    begins = units[start].span.start
    overlong = units[stop - 1].span.end - begins - rules.longest_ms / 1000
    if overlong > 0 and stop - start > 1:
        return _OVERLONG_COST * overlong
    brief = stop < len(units) and units[stop].span.start - begins < rules.shortest_ms / 1000
    return _BRIEF_COST if brief else 0


def _backtrace(units: Sequence[Unit], previous: Sequence[int]) -> list[list[Unit]]:
    groups = []
    stop = len(units)
    while stop:
        groups.append(list(units[previous[stop] : stop]))
        stop = previous[stop]
    return groups[::-1]
