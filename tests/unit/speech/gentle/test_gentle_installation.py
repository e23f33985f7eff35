from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from syncline.core.errors import ModelMissingError
from syncline.speech.gentle import GentleEngine, missing_parts, session
from syncline.speech.gentle.installation import FILES, version


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    for name in ("k3", "m3"):
        (tmp_path / "ext" / name).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / "ext" / name).chmod(0o755)
    return tmp_path


def test_a_complete_installation_has_no_missing_parts(home: Path) -> None:
    assert missing_parts(home) == []


@pytest.mark.parametrize("name", FILES)
def test_each_missing_file_is_named(home: Path, name: str) -> None:
    (home / name).unlink()
    assert missing_parts(home) == [f"{home / name} is missing."]


def test_a_missing_folder_is_one_sentence(tmp_path: Path) -> None:
    assert missing_parts(tmp_path / "nowhere") == [f"{tmp_path / 'nowhere'} is not a folder."]
    assert missing_parts(None) == ["SYNCLINE_GENTLE_HOME is not set."]


def test_a_program_that_cannot_be_executed_is_named(home: Path) -> None:
    (home / "ext/k3").chmod(0o644)
    assert missing_parts(home) == [f"{home / 'ext/k3'} is not executable."]


def test_a_missing_library_is_named(home: Path) -> None:
    loader_error = "error while loading shared libraries: libgfortran.so.3: cannot open shared object file"
    (home / "ext/m3").write_text(f"#!/bin/sh\necho '{loader_error}' >&2\nexit 127\n")
    assert missing_parts(home) == [f"{home / 'ext/m3'} does not start: {loader_error}."]


def test_the_engine_checks_its_installation_when_it_is_made(home: Path) -> None:
    (home / "ext/k3").unlink()
    (home / "align.py").unlink()
    with pytest.raises(ModelMissingError, match=r"align\.py is missing\. There are 1 more problems") as caught:
        GentleEngine(home, threads=1)
    assert "syncline doctor" in caught.value.hint


def test_the_version_is_read_from_the_installation(home: Path) -> None:
    assert version(home) == "unknown"
    (home / "gentle/__init__.py").write_text('__version__ = "0.11"\n')
    assert version(home) == "0.11"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_zombies_of_a_session_are_listed_with_their_exit_status() -> None:
    script = (
        "import os, subprocess, sys\nchild = subprocess.Popen(['/bin/sh', '-c', 'kill -SEGV $$'])\nsys.stdin.read()\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, start_new_session=True)
    try:
        dead: list[session.Process] = []
        for _ in range(100):
            dead = [process for process in session.members(parent.pid) if process.dead]
            if dead:
                break
            time.sleep(0.05)
        assert [(process.name, process.ending) for process in dead] == [("sh", "killed by SIGSEGV")]
    finally:
        os.killpg(parent.pid, signal.SIGKILL)
        parent.communicate()
