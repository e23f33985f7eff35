"""Read the results of benchmarks, and write a figure as text.

A figure's name is <benchmark>.<table>.<row>.<column>, such as people.engines.whisper.found. The row is named after its
first cells, in lower case with hyphens; the only row of a table may have no name.
"""

from __future__ import annotations

import difflib
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.catalogue import CATALOGUE, Column, Table
from benchmarks.intervals import wilson

RESULTS = Path(__file__).with_name("results")


@cache
def result(benchmark: str) -> dict[str, Any]:
    path = RESULTS / f"{benchmark}.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def measured() -> list[str]:
    """The benchmarks that have a result, in the order of the catalogue."""
    return [name for name in CATALOGUE if result(name)]


def rows(benchmark: str, table: str) -> list[dict[str, Any]]:
    return list(result(benchmark).get("tables", {}).get(table, ()))


def row_name(shape: Table, row: dict[str, Any]) -> str:
    labels = [text_of(row.get(column.key), column) for column in shape.columns[: shape.keys]]
    return re.sub(r"[^a-z0-9]+", "-", " ".join(labels).lower()).strip("-")


@cache
def figures() -> dict[str, tuple[Any, Column]]:
    found = {}
    for benchmark in measured():
        for shape in CATALOGUE[benchmark].tables:
            for row in rows(benchmark, shape.name):
                for column in shape.columns:
                    parts = (benchmark, shape.name, row_name(shape, row), column.key)
                    found[".".join(filter(None, parts))] = (row.get(column.key), column)
    return found


def figure(name: str) -> str:
    """The text of a figure. `name:format` formats the bare number in another way, such as people.…median:.0f."""
    name, _, style = name.partition(":")
    if name not in figures() or figures()[name][0] is None:
        near = difflib.get_close_matches(name, figures(), n=3)
        raise KeyError(f"No benchmark measured {name}. Did you mean: {', '.join(near) or 'nothing similar'}?")
    cell, column = figures()[name]
    return text_of(number(cell) if style else cell, Column(column.key, "", f"{{:{style}}}") if style else column)


def number(cell: Any) -> float:
    if isinstance(cell, dict):
        return float(cell["value"] if "value" in cell else cell["part"] / cell["whole"])
    return float(cell)


def text_of(cell: Any, column: Column) -> str:
    if cell is None or isinstance(cell, str):
        return cell or ""
    if isinstance(cell, list):
        return ", ".join(column.style.format(each) for each in cell)
    if isinstance(cell, dict):
        return column.style.format(number(cell)) + _interval(cell, column)
    return column.style.format(cell)


def _interval(cell: dict[str, float], column: Column) -> str:
    if "part" in cell and not column.interval:
        return ""
    ends = wilson(int(cell["part"]), int(cell["whole"])) if "part" in cell else (cell["low"], cell["high"])
    low, high = (column.style.format(end).removesuffix("%") for end in ends)
    return f" ({low} to {high})"
