"""On a machine without the tools the checks succeed and say what they skip."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def bare_path(tmp_path: Path) -> str:
    """A PATH with the programs that every machine has, and neither terraform nor checkov."""
    for program in ("bash", "dirname", "mktemp", "tar", "rm", "cat"):
        found = shutil.which(program)
        assert found
        (tmp_path / program).symlink_to(found)
    return str(tmp_path)


def run(*command: str, path: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, env={"PATH": path}, capture_output=True, text=True, timeout=60, check=False
    )


def test_terraform_check_says_what_it_skips(bare_path: str) -> None:
    answer = run("bash", str(ROOT / "scripts" / "terraform_check.sh"), path=bare_path)
    assert answer.returncode == 0, answer.stderr
    assert "skipped: fmt, validate, tests, examples: terraform is not installed" in answer.stdout
    assert "skipped: checkov is not installed" in answer.stdout
    assert "ok:" not in answer.stdout


def test_terraform_apply_check_says_what_it_skips(bare_path: str) -> None:
    answer = run(sys.executable, "-m", "scripts.apply_check", path=bare_path)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith("skipped: terraform is not installed")
