"""The setup of test programs installs what is missing where it can, and otherwise says what will be skipped."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "setup_test_programs.sh"


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A PATH with two programs that every machine has, and a copy of the script beside a stand-in for MiniStack's."""
    for program in ("bash", "dirname"):
        found = shutil.which(program)
        assert found
        (tmp_path / program).symlink_to(found)
    (tmp_path / "scripts").mkdir()
    shutil.copy(SCRIPT, tmp_path / "scripts")
    for other in ("setup_ministack.sh", "setup_axe.sh"):
        (tmp_path / "scripts" / other).touch()
    return tmp_path


def put(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!{folder}/bash\n{script}\n")
    (folder / name).chmod(0o755)


def run(programs: Path) -> subprocess.CompletedProcess[str]:
    command = [str(programs / "bash"), str(programs / "scripts" / SCRIPT.name)]
    return subprocess.run(command, env={"PATH": str(programs)}, capture_output=True, text=True, timeout=60, check=False)


def test_as_root_it_installs_only_what_is_missing(programs: Path) -> None:
    put(programs, "id", "echo 0")
    put(programs, "ffmpeg", "")
    put(programs, "jq", "")
    put(programs, "espeak-ng", "")
    put(programs, "apt-get", f'echo "$*" >>{programs}/apt.log')
    done = run(programs)
    assert done.returncode == 0, done.stderr
    calls = (programs / "apt.log").read_text().splitlines()
    assert calls == ["update", "install --yes --no-install-recommends chromium chromium-driver"]


def test_without_root_it_says_what_will_be_skipped(programs: Path) -> None:
    put(programs, "id", "echo 1000")
    done = run(programs)
    assert done.returncode == 0
    assert "the tests that need chromium chromium-driver ffmpeg jq espeak-ng will be skipped" in done.stderr


def test_with_everything_installed_it_says_nothing(programs: Path) -> None:
    for name in ("chromium", "chromedriver", "ffmpeg", "jq", "espeak-ng"):
        put(programs, name, "")
    done = run(programs)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
