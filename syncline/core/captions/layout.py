"""How a cue is shown: its lines, and its time on the screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, combinations, pairwise

from syncline.core.captions.breaking import Unit
from syncline.core.captions.style import SHORTEST_AT_END_MS, CaptionRules


@dataclass(frozen=True, slots=True)
class CuePart:
    """A piece of text in a line; `gap` separates it from the piece before it in its line.

    The times are those of its word. They are None if the word was not heard, and in translations.
    """

    text: str
    gap: str
    start_ms: int | None = None
    end_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption as a player shows it."""

    start_ms: int
    end_ms: int
    parts: tuple[tuple[CuePart, ...], ...]  # by line

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple("".join(part.gap + part.text for part in line) for line in self.parts)


def lay_out(groups: Sequence[Sequence[Unit]], rules: CaptionRules, until: float | None) -> list[Cue]:
    """Show each cue as long as reading it takes, if the next cue and the end of the recording allow."""
    starts: list[int] = []
    for group in groups:
        start = rules.snap(round(group[0].span.start * 1000))
        starts.append(max(start, rules.snap(starts[-1] + _shortest_step(rules))) if starts else start)
    last = rules.snap_down(int(until * 1000)) if until else None
    if last is not None:
        starts = [rules.snap_down(start) for start in _start_early_enough(starts, last)]
    return [
        Cue(start, _end(group, start, following, last, rules), _lines(group, rules))
        for group, start, following in zip(groups, starts, [*starts[1:], None], strict=False)
    ]


def _shortest_step(rules: CaptionRules) -> int:
    return 1 if rules.frame_rate is None else round(1000 / rules.frame_rate)


def _start_early_enough(starts: Sequence[int], last: int) -> list[int]:
    """Unheard text at the end may have no time left: start the cues before it earlier."""
    count = len(starts)
    step = min(SHORTEST_AT_END_MS, last // max(1, count))
    return [min(start, last - step * (count - index)) for index, start in enumerate(starts)]


def _end(group: Sequence[Unit], start: int, following: int | None, last: int | None, rules: CaptionRules) -> int:
    words = sum(1 for unit in group if unit.piece.gap) + 1
    reading = rules.reading_ms(sum(unit.piece.width for unit in group), words)
    spoken_end = round(max(unit.span.end for unit in group) * 1000)
    end = min(max(spoken_end, start + max(reading, rules.shortest_ms)), start + rules.longest_ms)
    if following is None:
        return rules.snap(end) if last is None else max(start, min(rules.snap(end), last))
    limit = rules.snap_down(following - min(rules.gap_ms, (following - start) // 2))
    if 0 <= limit - end < rules.closes_gaps_under_ms:
        end = min(limit, start + rules.longest_ms)
    return max(start, min(rules.snap(end), limit))


def _lines(group: Sequence[Unit], rules: CaptionRules) -> tuple[tuple[CuePart, ...], ...]:
    """The fewest lines that hold the group, cut where they are most even and at the best boundaries."""
    ends = [*accumulate((unit.piece.width + len(unit.piece.gap) for unit in group), initial=0)]

    def width(begin: int, end: int) -> int:
        return ends[end] - ends[begin] - len(group[begin].piece.gap)

    for count in range(1, rules.lines + 1):
        choices = [
            lines
            for lines in _cuts(len(group), count)
            if all(end - begin == 1 or width(begin, end) <= rules.columns for begin, end in lines)
        ]
        if choices:
            best = min(choices, key=lambda lines: _unevenness(group, lines, [width(*line) for line in lines]))
            return tuple(_parts(group[begin:end]) for begin, end in best)
    return (_parts(group),)


def _cuts(length: int, count: int) -> Iterator[list[tuple[int, int]]]:
    for cuts in combinations(range(1, length), count - 1):
        yield list(pairwise((0, *cuts, length)))


def _unevenness(group: Sequence[Unit], lines: Sequence[tuple[int, int]], widths: Sequence[int]) -> float:
    """In columns; a line that is longer than the one below it costs two more."""
    cost = 0.0
    for (_, end), (upper, lower) in zip(lines, pairwise(widths), strict=False):
        cost += abs(lower - upper) + (2 if lower < upper else 0) + group[end - 1].ending.line
    return cost


def _parts(group: Sequence[Unit]) -> tuple[CuePart, ...]:
    return tuple(
        CuePart(
            unit.piece.text,
            unit.piece.gap if index else "",
            round(unit.span.start * 1000) if unit.heard else None,
            round(unit.span.end * 1000) if unit.heard else None,
        )
        for index, unit in enumerate(group)
    )
