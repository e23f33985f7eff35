"""How a cue is shown: its lines, and the time that reading it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from syncline.core.captions.breaking import Unit
from syncline.core.captions.style import GAP_MS, LONGEST_MS, SHORTEST_AT_END_MS, SHORTEST_MS, Style


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption as a player shows it: at most two lines."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]


def lay_out(groups: Sequence[Sequence[Unit]], style: Style, until: float | None) -> list[Cue]:
    """Show each cue as long as reading it takes, if the next cue and the end of the recording allow."""
    starts: list[int] = []
    for group in groups:
        start = round(group[0].span.start * 1000)
        starts.append(max(start, starts[-1] + 1) if starts else start)
    last = int(until * 1000) if until else None
    if last is not None:
        starts = _start_early_enough(starts, last)
    return [
        Cue(start, _end(group, start, later, last, style), _lines(group, style.columns))
        for group, start, later in zip(groups, starts, [*starts[1:], None], strict=False)
    ]


def _start_early_enough(starts: Sequence[int], last: int) -> list[int]:
    """Unheard text at the end may have no time left: start the cues before it earlier."""
    count = len(starts)
    step = min(SHORTEST_AT_END_MS, last // max(1, count))
    return [min(start, last - step * (count - index)) for index, start in enumerate(starts)]


def _end(group: Sequence[Unit], start: int, later: int | None, last: int | None, style: Style) -> int:
    reading = round(1000 * sum(unit.piece.width for unit in group) / style.columns_per_second)
    spoken_end = round(max(unit.span.end for unit in group) * 1000)
    end = min(max(spoken_end, start + max(reading, SHORTEST_MS)), start + LONGEST_MS)
    if later is None:
        return end if last is None else max(start, min(end, last))
    room = later - start
    return min(end, later - min(GAP_MS, room // 2))


def _lines(group: Sequence[Unit], columns: int) -> tuple[str, ...]:
    if len(group) == 1 or _width(group) <= columns:
        return (_text(group),)
    cuts = [cut for cut in range(1, len(group)) if _fits(group[:cut], columns) and _fits(group[cut:], columns)]
    best = min(cuts, key=lambda cut: _imbalance(group[:cut], group[cut:]))
    return _text(group[:best]), _text(group[best:])


def _imbalance(upper: Sequence[Unit], lower: Sequence[Unit]) -> float:
    difference = _width(lower) - _width(upper)
    return abs(difference) + (2 if difference < 0 else 0) + upper[-1].ending.line


def _fits(group: Sequence[Unit], columns: int) -> bool:
    return len(group) == 1 or _width(group) <= columns


def _width(group: Sequence[Unit]) -> int:
    return sum(unit.piece.width + len(unit.piece.gap) for unit in group) - len(group[0].piece.gap)


def _text(group: Sequence[Unit]) -> str:
    return "".join(unit.piece.gap + unit.piece.text for unit in group).removeprefix(group[0].piece.gap)
