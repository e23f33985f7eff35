"""Run `syncline demo` and record its table: how many words of each sample were aligned, and how fast.

python -m benchmarks.demo        # make bench-demo
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import report

ROOT = Path(__file__).resolve().parents[1]
ROW = re.compile(
    r"^(?P<file>\S.*?) +(?P<state>[A-Z]+) +(?P<words>\d+) +(?P<aligned>\d+) +(?P<audio>\S+) +(?P<speed>\S+)$"
)


def rows(printed: str) -> Iterator[dict[str, Any]]:
    for found in filter(None, map(ROW.match, printed.splitlines())):
        numbers = {name: float(found[name]) for name in ("audio", "speed")}
        counts = {name: int(found[name]) for name in ("words", "aligned")}
        yield {"file": found["file"], "state": found["state"], **counts, **numbers}


def main() -> None:
    arguments = report.parser(__doc__).parse_args()
    with report.measuring("demo", arguments, packages=["pocketsphinx"]) as result:
        command = [sys.executable, "-m", "syncline.cli", "demo"]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
        for row in rows(done.stdout):
            result.add("jobs", **row)


if __name__ == "__main__":
    main()
