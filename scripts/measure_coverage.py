"""Measure which branches the tests run, in every process.

    python -m scripts.measure_coverage clean | run PYTEST_ARGUMENTS | report

`run` may be repeated, for example once per folder of tests. `report` combines what all runs measured, prints a table by
package, and fails if a package is below its limit. `build/coverage/.coverage` then serves `coverage report` and
`coverage html`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from coverage import Coverage, CoverageData

from scripts.coverage_start import last_snapshot

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build" / "coverage"
DATA_FILE = FOLDER / ".coverage"

# The least share of branches that must run, in per cent.
LIMITS = {"syncline/core": 95.0, "syncline/jobs": 95.0, "lambdas": 95.0}
LIMIT_ELSEWHERE = 90.0


@dataclass(slots=True)
class Branches:
    possible: int = 0
    run: int = 0

    @property
    def percent(self) -> float:
        return 100 * self.run / self.possible if self.possible else 100.0


def run(pytest_arguments: list[str]) -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with _measured_processes():
        return subprocess.run([sys.executable, "-m", "pytest", *pytest_arguments], cwd=ROOT).returncode


@contextmanager
def _measured_processes() -> Iterator[None]:
    """Python executes the lines of a .pth file that begin with "import" whenever it starts with this environment."""
    hook = Path(sysconfig.get_path("purelib")) / "syncline_coverage.pth"
    program = ROOT / "scripts" / "coverage_start.py"
    hook.write_text(f"import runpy; runpy.run_path({str(program)!r})['start']({str(FOLDER)!r})\n", encoding="utf-8")
    try:
        yield
    finally:
        hook.unlink()


def report() -> int:
    _, killed = combined(FOLDER, DATA_FILE)
    print(f"{killed} processes were killed before they could report what they ran.")
    measured = Coverage(data_file=str(DATA_FILE), config_file=str(ROOT / "pyproject.toml"))
    measured.load()
    file = FOLDER / "coverage.json"
    measured.json_report(outfile=str(file))
    lines, below = table(_by_package(json.loads(file.read_text(encoding="utf-8"))["files"]))
    print(*lines, sep="\n")
    if below:
        print(f"Below the limit: {', '.join(below)}.")
    return 1 if below else 0


def combined(folder: Path, data_file: Path) -> tuple[CoverageData, int]:
    """Combine the files of all processes. -> what they ran, and how many were killed before they wrote any."""
    data_file.unlink(missing_ok=True)
    data = CoverageData(basename=str(data_file))
    snapshots = [last_snapshot(file) for file in sorted(folder.glob("process-*"))]
    for snapshot in filter(None, snapshots):
        one = CoverageData(no_disk=True)
        one.loads(snapshot)
        data.update(one)
    data.write()
    return data, snapshots.count(None)


def _by_package(files: dict[str, dict[str, dict[str, int]]]) -> dict[str, Branches]:
    packages: dict[str, Branches] = defaultdict(Branches)
    for path, entry in files.items():
        package = packages[package_of(path)]
        package.possible += entry["summary"]["num_branches"]
        package.run += entry["summary"]["covered_branches"]
    return packages


def package_of(path: str) -> str:
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] == "syncline" and len(parts) > 2 else parts[0]


def table(packages: dict[str, Branches]) -> tuple[list[str], list[str]]:
    """-> the lines of the table, and the packages below their limits."""
    below = []
    lines = [f"{'package':<22}{'branches':>9}{'run':>7}{'%':>7}{'limit':>7}"]
    for name, branches in sorted(packages.items()):
        limit = LIMITS.get(name, LIMIT_ELSEWHERE)
        lines.append(f"{name:<22}{branches.possible:>9}{branches.run:>7}{branches.percent:>7.1f}{limit:>7.0f}")
        if branches.percent < limit:
            below.append(name)
    return lines, below


def main() -> None:
    match sys.argv[1:]:
        case ["clean"]:
            shutil.rmtree(FOLDER, ignore_errors=True)
        case ["run", *arguments]:
            sys.exit(run(arguments))
        case ["report"]:
            sys.exit(report())
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
