"""Draw bar charts and line charts as SVG, readable in light and dark mode, the same bytes for the same figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from itertools import count

WIDTH, RIGHT, TOP = 760, 70, 44
MARGIN, CHARACTER = 26, 6.6  # beside the labels of groups; the width of a letter, about
BAR, GAP, GROUP_GAP = 11, 2, 10
PLOT_HEIGHT = 260
COLOURS = ("#2f7ed8", "#c9671b", "#2a9467", "#9a5fc4", "#c8528a", "#71808f", "#a3801e")  # at least 3:1 on both grounds
STYLE = """\
<style>
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 15px; font-weight: 600 }
.ground { fill: #ffffff }
.grid { stroke: #d9dde2 }
.value { font-size: 11px }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.ground { fill: #0d1117 }
.grid { stroke: #30363d }
}
</style>"""
Text = Callable[[float], str]


def bars(title: str, groups: Sequence[str], series: Mapping[str, Sequence[float | None]], text: Text) -> str:
    """One group of bars for each label in `groups`, in it one bar for each of the series; None is left out."""
    group_height = len(series) * (BAR + GAP) + GROUP_GAP
    top = TOP + (24 if len(series) > 1 else 0)
    bottom = top + len(groups) * group_height
    largest = max((value for values in series.values() for value in values if value is not None), default=1.0)
    ticks = _ticks(largest)
    left = round(MARGIN + CHARACTER * max(map(len, groups)))
    scale = (WIDTH - left - RIGHT) / ticks[-1]
    parts = [*_legend(list(series), left=left), *_upright(ticks, scale, left, top, bottom, text)]
    for number, group in enumerate(groups):
        y = top + number * group_height + GROUP_GAP / 2
        middle = y + (group_height - GROUP_GAP) / 2 + 4
        parts.append(f'<text x="{left - 10}" y="{_n(middle)}" text-anchor="end">{escape(group)}</text>')
        for place, (values, colour) in enumerate(zip(series.values(), COLOURS, strict=False)):
            value = values[number]
            if value is not None:
                parts += _bar(left, y + place * (BAR + GAP), value * scale, colour, text(value))
    described = "; ".join(f"{group}: {_of_group(series, number, text)}" for number, group in enumerate(groups))
    return _document(title, described, bottom + 28, parts)


def lines(title: str, across: str, series: Mapping[str, Sequence[Sequence[float]]], text: Text) -> str:
    """One line for each of the series, through its points (x, y)."""
    top = TOP + 18 * math.ceil(len(series) / 2) + 8
    bottom, left = top + PLOT_HEIGHT, 70
    across_ticks = _ticks(max(x for points in series.values() for x, _ in points))
    up_ticks = _ticks(max(y for points in series.values() for _, y in points))
    wide, high = (WIDTH - left - 30) / across_ticks[-1], PLOT_HEIGHT / up_ticks[-1]
    parts = [*_legend(list(series), left=left, columns=2)]
    for tick in up_ticks:
        y = _n(bottom - tick * high)
        parts.append(f'<path class="grid" d="M{left} {y}H{WIDTH - 30}"/>')
        parts.append(f'<text x="{left - 8}" y="{_n(bottom - tick * high + 4)}" text-anchor="end">{text(tick)}</text>')
    for tick in across_ticks:
        parts.append(f'<text x="{_n(left + tick * wide)}" y="{bottom + 18}" text-anchor="middle">{tick:g}</text>')
    parts.append(f'<text x="{WIDTH - 30}" y="{bottom + 36}" text-anchor="end">{escape(across)}</text>')
    for points, colour in zip(series.values(), COLOURS, strict=False):
        path = " ".join(f"{_n(left + x * wide)},{_n(bottom - y * high)}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
    ends = "; ".join(f"{name} ends at {points[-1][0]:.2f}" for name, points in series.items())
    return _document(title, f"{across}: {ends}", bottom + 48, parts)


def _bar(left: float, y: float, length: float, colour: str, value: str) -> Iterator[str]:
    yield f'<rect x="{_n(left)}" y="{_n(y)}" width="{_n(max(1.0, length))}" height="{BAR}" rx="2" fill="{colour}"/>'
    yield f'<text class="value" x="{_n(left + max(1.0, length) + 4)}" y="{_n(y + BAR - 2)}">{escape(value)}</text>'


def _upright(ticks: Sequence[float], scale: float, left: float, top: float, bottom: float, text: Text) -> Iterator[str]:
    for tick in ticks:
        x = _n(left + tick * scale)
        yield f'<path class="grid" d="M{x} {_n(top)}V{_n(bottom)}"/>'
        yield f'<text x="{x}" y="{_n(bottom + 16)}" text-anchor="middle">{escape(text(tick))}</text>'


def _legend(names: Sequence[str], *, left: float, columns: int = 4) -> Iterator[str]:
    if len(names) == 1:
        return
    step = (WIDTH - left) / min(columns, len(names))
    for number, name in enumerate(names):
        x, y = left + number % columns * step, TOP + number // columns * 18
        yield f'<rect x="{_n(x)}" y="{_n(y)}" width="11" height="11" rx="2" fill="{COLOURS[number]}"/>'
        yield f'<text x="{_n(x + 17)}" y="{_n(y + 10)}">{escape(name)}</text>'


def _of_group(series: Mapping[str, Sequence[float | None]], number: int, text: Text) -> str:
    said = [(name, values[number]) for name, values in series.items()]
    return ", ".join(f"{name} {text(value)}" for name, value in said if value is not None)


def _ticks(largest: float) -> list[float]:
    """From 0 to the first round number that is not below `largest`, in about five steps."""
    rough = (largest or 1.0) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    ticks = [0.0]
    for number in count(1):
        ticks.append(round(number * step, 10))
        if ticks[-1] >= largest * 0.999:
            return ticks
    raise AssertionError


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _document(title: str, description: str, height: float, parts: Sequence[str]) -> str:
    size = f'viewBox="0 0 {WIDTH} {_n(height)}" width="{WIDTH}" height="{_n(height)}"'
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title description">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="description">{escape(description)}</desc>',
        STYLE,
        f'<rect class="ground" width="{WIDTH}" height="{_n(height)}" rx="6"/>',
        f'<text class="title" x="16" y="26">{escape(title)}</text>',
    ]
    return "\n".join([*head, *parts, "</svg>", ""])
