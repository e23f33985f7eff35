"""A test run ends with the skipped tests, counted by reason."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CONFTEST = Path(__file__).parents[2] / "conftest.py"
MODULE = """
import pytest

@pytest.mark.parametrize("number", range(3))
def test_needs_a_program(number):
    pytest.skip("buildah is not installed")

@pytest.mark.skipif(True, reason="needs two cores")
def test_needs_cores():
    pass

def test_passes():
    pass
"""


def run(folder: Path, *options: str) -> list[str]:
    (folder / "conftest.py").write_bytes(CONFTEST.read_bytes())
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:schemathesis", "-p", "no:cacheprovider", *options]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=True
    ).stdout.splitlines()


def test_skipped_tests_are_listed_by_reason(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(MODULE)
    assert run(tmp_path)[-4:-1] == [
        "Skipped 4 tests:",
        "    3  buildah is not installed",
        "    1  needs two cores",
    ]


def test_skips_in_worker_processes_are_listed_too(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(MODULE)
    assert "    3  buildah is not installed" in run(tmp_path, "-n", "2")


def test_a_run_without_skips_says_so(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_passes():\n    pass\n")
    assert "No test was skipped." in run(tmp_path)
