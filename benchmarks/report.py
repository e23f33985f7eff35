"""What all benchmarks share: their arguments, their tables, and the file with their result.

    with report.measuring("names", arguments, packages=("pocketsphinx",)) as result:
        result.add("names", condition="clean", found=report.share(30, 38))

Each row is printed when it is added. With --write, a benchmark that has ended well writes its result into
benchmarks/results/<name>.json: the rows, the date, the commit, the machine, and the versions of what was measured.
`make docs` makes docs/benchmarks.md and every figure in the documentation from these files. benchmarks/catalogue.py
names the columns.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.catalogue import CATALOGUE, Table
from benchmarks.figures import RESULTS, text_of
from syncline.processes.cores import usable_cores

ROOT = Path(__file__).resolve().parents[1]
MEASURED_CODE = ("syncline", "lambdas", "worker", "benchmarks", "terraform", "pyproject.toml", ":!benchmarks/results")
DIGITS = 6
LABEL_WIDTH, CELL_WIDTH = 38, 8


def parser(description: str | None) -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--write", action="store_true", help="write the result to benchmarks/results/, for the docs")
    return made


def share(part: int, whole: int) -> dict[str, int] | None:
    return {"part": int(part), "whole": int(whole)} if whole else None


def estimate(value: float, low: float, high: float) -> dict[str, float]:
    """A value with its 95% interval."""
    return {"value": _rounded(value), "low": _rounded(low), "high": _rounded(high)}


@dataclass
class Result:
    name: str
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, table: str, **cells: Any) -> None:
        shape = CATALOGUE[self.name].table(table)
        if unknown := cells.keys() - {column.key for column in shape.columns}:
            raise ValueError(f"The table {self.name}.{table} has no column {', '.join(unknown)}.")
        if shape.shown:
            self._print(shape, cells)
        self.tables[table].append({key: _rounded(cell) for key, cell in cells.items() if cell is not None})

    def _print(self, shape: Table, cells: dict[str, Any]) -> None:
        if shape.transposed:
            for column in shape.columns:
                print(f"{column.heading:>60}  {text_of(cells.get(column.key), column)}")
        else:
            if not self.tables[shape.name]:
                print(f"\n{shape.caption}\n{_line(shape, [column.heading for column in shape.columns])}")
            print(_line(shape, [text_of(cells.get(column.key), column) for column in shape.columns]))
        print(end="", flush=True)


def _line(shape: Table, texts: Sequence[str]) -> str:
    widths = [max(CELL_WIDTH, len(column.heading)) for column in shape.columns]
    labels = [text.ljust(LABEL_WIDTH) for text in texts[: shape.keys]]
    return " ".join(labels + [text.rjust(width) for text, width in zip(texts, widths, strict=True)][shape.keys :])


def _rounded(cell: Any) -> Any:
    if isinstance(cell, list | tuple):
        return [_rounded(each) for each in cell]
    return float(f"{cell:.{DIGITS}g}") if isinstance(cell, float) else cell


@contextmanager
def measuring(
    name: str, arguments: argparse.Namespace, *, packages: Sequence[str] = (), folder: Path = RESULTS
) -> Iterator[Result]:
    result, load, measured = Result(name), _Load(), commit()
    yield result
    if arguments.write:
        versions = {"Python": platform.python_version(), **{package: version(package) for package in packages}}
        content = {
            "command": command(),
            "date": today(),
            "commit": measured,
            "machine": machine(),
            "other_load": round(load.of_other_programs(), 2),
            "versions": versions,
            "tables": result.tables,
        }
        _write(content, folder / f"{name}.json")


def _write(content: dict[str, Any], path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(as_json(content), encoding="utf-8")
    print(f"\n{path} written. `make docs` takes the figures over.")


def as_json(content: dict[str, Any]) -> str:
    """One line for each field and each row, so that a new result can be compared with the one before."""
    fields = [f" {json.dumps(key)}: {_one_line(value)}" for key, value in content.items() if key != "tables"]
    tables = [
        f"  {json.dumps(name)}: [\n" + ",\n".join(f"   {_one_line(row)}" for row in rows) + "\n  ]"
        for name, rows in content["tables"].items()
    ]
    return "{\n" + ",\n".join([*fields, ' "tables": {\n' + ",\n".join(tables) + "\n }"]) + "\n}\n"


def _one_line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def command() -> str:
    """What was typed, without the names of folders on this machine."""
    spec = sys.modules["__main__"].__spec__
    words = ["FOLDER" if word.startswith("/") else word for word in sys.argv[1:] if word != "--write"]
    return shlex.join(["python", "-m", spec.name if spec else "benchmarks", *words])


def today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"


def commit() -> str:
    """The newest commit of the branch main that is in what was measured, marked if the code differs from it."""
    base = _git("merge-base", "HEAD", "main") or _git("rev-parse", "HEAD")
    changed = _git("diff", "--name-only", base, "--", *MEASURED_CODE)
    return base[:8] + (" with changes" if changed else "")


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def machine() -> dict[str, Any]:
    gibibytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {"cpu": _cpu(), "cores": usable_cores(), "memory_gib": round(gibibytes), "system": platform.system()}


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


class _Load:
    """How busy other programs keep the cores during a measurement."""

    def __init__(self) -> None:
        self._clock, self._busy, self._own = time.monotonic(), _busy_seconds(), _own_seconds()

    def of_other_programs(self) -> float:
        elapsed = max(0.01, time.monotonic() - self._clock)
        others = _busy_seconds() - self._busy - (_own_seconds() - self._own)
        return max(0.0, others / elapsed / (os.cpu_count() or 1))


def _busy_seconds() -> float:
    user, nice, system, _, _, irq, softirq, *_ = Path("/proc/stat").read_text(encoding="ascii").split()[1:9]
    return sum(map(int, (user, nice, system, irq, softirq))) / os.sysconf("SC_CLK_TCK")


def _own_seconds() -> float:
    return sum(os.times()[:4])  # including children that have ended
