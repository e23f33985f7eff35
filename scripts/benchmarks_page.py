"""Write docs/benchmarks.md and its charts, and fill the figures in the documentation, from the results of benchmarks.

In a page, a figure is a link to where it was measured, whose title is the figure's name:

    [97.8%](benchmarks.md#recordings-of-people "people.engines.pocketsphinx.found")

and a whole table follows a comment with its name: `<!-- table names.names -->`. `make docs` writes the text and the
anchor of the link, and the table. A name that no benchmark measured is an error.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import svg
from benchmarks.catalogue import CATALOGUE, Chart, Table
from benchmarks.figures import figure, measured, number, result, rows, text_of

ROOT = Path(__file__).resolve().parents[1]
PAGE, CHARTS = "docs/benchmarks.md", "docs/images/benchmarks"
QUOTE = re.compile(r'\[[^\]]*\]\(((?:docs/)?benchmarks\.md)#[\w-]* "([^"]+)"\)')
TABLE = re.compile(r"(<!-- table ([\w.-]+) -->\n\n)(?:\|.*\n)*")
INTRODUCTION = """\
# Benchmarks

Every figure that the documentation quotes was measured by a benchmark of this repository. It stands here with its
date, commit and machine. `make bench` runs all benchmarks one after another. Speed is given in CPU time, or as a ratio
of CPU times in one run, because the clock also counts the work of other programs. How much of the cores other programs
took is given with each measurement. Figures that were copied from an earlier state of the documentation say so. The
figures of spoken languages are in [languages.md](languages.md).

This page is generated from `benchmarks/results/` by `make docs`.
"""


def document() -> str:
    return "\n".join([INTRODUCTION, *(_section(name) for name in measured())])


def charts() -> dict[str, Callable[[], str]]:
    """path -> what draws it."""
    return {f"{CHARTS}/{chart.name}.svg": partial(_draw, name, chart) for name in measured() for chart in _charts(name)}


def filled(text: str) -> str:
    """The text of a page with its figures and tables."""
    return TABLE.sub(lambda found: found[1] + _named_table(found[2]), QUOTE.sub(_quote, text))


def quoting_pages() -> dict[str, Callable[[], str]]:
    """The pages whose only generated parts are figures."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return {str(page.relative_to(ROOT)): partial(_filled_page, page) for page in pages}


def _filled_page(page: Path) -> str:
    return filled(page.read_text(encoding="utf-8"))


def _quote(found: re.Match[str]) -> str:
    name = found[2]
    anchor = _anchor(CATALOGUE[name.partition(".")[0]].title)
    return f'[{figure(name)}]({found[1]}#{anchor} "{name}")'


def _anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _named_table(name: str) -> str:
    benchmark, _, table = name.partition(".")
    return "\n".join(_table(CATALOGUE[benchmark].table(table), rows(benchmark, table))) + "\n"


# --- the page ---


def _section(name: str) -> str:
    benchmark = CATALOGUE[name]
    parts = [f"## {benchmark.title}", "", benchmark.about, "", _origin(name), ""]
    for chart in _charts(name):
        parts += [f"![{chart.title}]({Path(CHARTS).relative_to('docs')}/{chart.name}.svg)", ""]
    for table in benchmark.tables:
        if table.shown and (found := rows(name, table.name)):
            parts += [*_with_caption(table, found), ""]
    return "\n".join(parts)


def _origin(name: str) -> str:
    """When, where and of what the figures were measured."""
    found, target = result(name), CATALOGUE[name].target
    day = date.fromisoformat(found["date"])
    if "copied_from" in found:
        source = f"Copied from {found['copied_from']} of {day.day} {day:%B %Y}."
        again = f"`make {target}` measures it again." if target else ""
        return textwrap.fill(" ".join(filter(None, (source, found.get("note"), again))), width=120)
    machine, command = found["machine"], found.get("command", f"make {target}")
    versions = ", ".join(f"{package} {version}" for package, version in found["versions"].items())
    return textwrap.fill(
        f"`{command}`, {day.day} {day:%B %Y}, commit {found['commit']}, on {machine['cores']} cores of "
        f"{machine['cpu']} with {machine['memory_gib']} GiB and {machine['system']}. {versions}. "
        f"Other programs took {found['other_load']:.0%} of the cores. {found.get('note', '')}".rstrip(),
        width=120,
    )


def _with_caption(table: Table, found: list[dict[str, Any]]) -> Iterator[str]:
    if table.folded:
        yield from ("<details>", f"<summary>{table.caption.removesuffix(':')}</summary>", "")
    elif table.caption:
        yield from (table.caption, "")
    yield from _table(table, found)
    if table.folded:
        yield from ("", "</details>")


def _table(table: Table, found: list[dict[str, Any]]) -> Iterator[str]:
    used = [column for column in table.columns if any(column.key in row for row in found)]
    cells = [[text_of(row.get(column.key), column) for column in used] for row in found]
    lines = [[column.heading for column in used], *cells]
    if table.transposed:
        lines = [list(line) for line in zip(*lines, strict=True)]
        if len(found) == 1:
            lines.insert(0, ["measured", "result"])
    yield _line(lines[0])
    yield "|" + "---|" * len(lines[0])
    yield from map(_line, lines[1:])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


# --- charts ---


def _charts(name: str) -> list[Chart]:
    """The charts that have something to show."""
    shown = CATALOGUE[name].charts
    return [
        chart for chart in shown if any(key in row for table, key in chart.series.values() for row in rows(name, table))
    ]


def _draw(name: str, chart: Chart) -> str:
    if chart.lines:
        [(table, key)] = chart.series.values()
        [label, *_] = CATALOGUE[name].table(table).columns
        paths = {row[label.key]: row[key] for row in rows(name, table)}
        return svg.lines(chart.title, chart.lines, paths, chart.style.format)
    columns = {legend: _column(name, table, key) for legend, (table, key) in chart.series.items()}
    found = {legend: values for legend, values in columns.items() if values}
    groups = list(dict.fromkeys(label for values in found.values() for label in values))
    series = {legend: [values.get(group) for group in groups] for legend, values in found.items()}
    return svg.bars(chart.title, groups, series, chart.style.format)


def _column(name: str, table: str, key: str) -> dict[str, float]:
    """label of the row -> its number in the column."""
    shape = CATALOGUE[name].table(table)
    return {_label(shape, row): number(row[key]) for row in rows(name, table) if key in row}


def _label(shape: Table, row: dict[str, Any]) -> str:
    return ", ".join(text_of(row.get(column.key), column) for column in shape.columns[: shape.keys])
