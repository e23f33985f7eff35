"""What runs is measured in processes that end in any way, and counted by package."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.measure_coverage import LIMIT_ELSEWHERE, LIMITS, Branches, combined, package_of, table

ROOT = Path(__file__).parents[3]
SECONDS = ROOT / "syncline" / "core" / "seconds.py"
START = "import os, runpy, sys; runpy.run_path('scripts/coverage_start.py')['start'](sys.argv[1])\n"
CONFINED = "from syncline.processes import sandbox; sandbox.confine(writable=[])\n"
MEASURED = "from syncline.core.seconds import rounded; rounded(None)\n"
FORK = "if os.fork(): os.wait()\nelse:\n    " + MEASURED + "    os._exit(0)\n"


def run(program: str, folder: Path) -> int:
    return subprocess.run([sys.executable, "-c", START + program, str(folder)], cwd=ROOT, check=False).returncode


@pytest.mark.parametrize(
    "program",
    [
        MEASURED,
        MEASURED + "os._exit(0)",
        MEASURED + "os.execv('/bin/true', ['true'])",
        MEASURED + FORK,
        CONFINED + MEASURED,
    ],
)
def test_a_process_reports_what_it_ran(program: str, tmp_path: Path) -> None:
    assert run(program, tmp_path) == 0
    data, killed = combined(tmp_path, tmp_path / "combined")
    [returns_none] = [
        number for number, line in enumerate(SECONDS.read_text().splitlines(), 1) if "return None if" in line
    ]
    assert returns_none in (data.lines(str(SECONDS)) or [])
    assert data.has_arcs()
    assert killed == 0


def test_a_terminated_process_reports_what_it_ran_and_dies_of_the_signal(tmp_path: Path) -> None:
    assert run(MEASURED + "os.kill(os.getpid(), 15)", tmp_path) == -signal.SIGTERM
    data, killed = combined(tmp_path, tmp_path / "combined")
    assert str(SECONDS) in data.measured_files()
    assert killed == 0


def test_a_program_without_site_packages_is_started_with_them(tmp_path: Path) -> None:
    """The .pth file starts the measurement of a child only there."""
    program = "import subprocess\ncheck = 'import sys; sys.exit(sys.flags.no_site)'\n"
    assert run(program + "sys.exit(subprocess.call([sys.executable, '-I', '-S', '-c', check]))", tmp_path) == 0


def test_killed_processes_are_counted(tmp_path: Path) -> None:
    run(MEASURED, tmp_path)
    run("os.kill(os.getpid(), 9)", tmp_path)
    assert combined(tmp_path, tmp_path / "combined")[1] == 1


def test_files_are_counted_by_package() -> None:
    paths = ["syncline/core/formats/srt.py", "syncline/__init__.py", "lambdas/web/app.py", "worker/app.py"]
    assert [package_of(path) for path in paths] == ["syncline/core", "syncline", "lambdas", "worker"]
    for package in LIMITS:
        assert (ROOT / package).is_dir()


def test_a_package_below_its_limit_is_named() -> None:
    lines, below = table({"syncline/core": Branches(200, 189), "worker": Branches(200, 181), "syncline": Branches()})
    assert below == ["syncline/core"]
    assert [line.split() for line in lines[1:]] == [
        ["syncline", "0", "0", "100.0", f"{LIMIT_ELSEWHERE:g}"],
        ["syncline/core", "200", "189", "94.5", f"{LIMITS['syncline/core']:g}"],
        ["worker", "200", "181", "90.5", f"{LIMIT_ELSEWHERE:g}"],
    ]
