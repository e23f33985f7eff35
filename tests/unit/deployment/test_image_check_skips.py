"""On a machine that cannot build images, the image check succeeds and says why it was skipped."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
NEEDED = ("bash", "dirname", "head", "mkdir")


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A PATH with the programs that every machine has, and none to build images with."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for program in NEEDED:
        found = shutil.which(program)
        assert found
        (folder / program).symlink_to(found)
    return folder


def put(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def check(programs: Path, **environment: str) -> str:
    settings = {"PATH": str(programs), "IMAGE_WORK": str(programs.parent)} | environment
    command = ["bash", str(ROOT / "scripts" / "image_check.sh"), "--short"]
    answer = subprocess.run(command, env=settings, capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == 0, answer.stderr
    assert "image-check: ok" not in answer.stdout
    return answer.stdout


def test_without_buildah(programs: Path) -> None:
    assert check(programs).startswith("image-check: skipped, because buildah is not installed")


def test_without_root(programs: Path) -> None:
    put(programs, "buildah", "exit 1")
    put(programs, "id", "echo 1000")
    assert "skipped, because buildah and debootstrap need root" in check(programs)


def test_without_a_network(programs: Path) -> None:
    put(programs, "buildah", "exit 1")
    put(programs, "id", "echo 0")
    put(programs, "apt-get", "echo file:///nowhere/debian/")
    assert "skipped, because file:///nowhere/debian/dists/bookworm/InRelease does not answer" in check(programs)


def test_without_an_apt_mirror(programs: Path) -> None:
    put(programs, "buildah", "exit 1")
    put(programs, "id", "echo 0")
    assert "skipped, because apt knows no mirror of Debian 12" in check(programs)


def test_without_debootstrap(programs: Path) -> None:
    served = programs.parent / "served"
    for path in (served / "debian/dists/bookworm/InRelease", served / "simple/pip/index.html"):
        path.parent.mkdir(parents=True)
        path.touch()
    (served / "simple/pip/index.html").write_text('<!DOCTYPE html><a href="pip-1.0-py3-none-any.whl">pip</a>')
    put(programs, "buildah", "exit 1")
    put(programs, "id", "echo 0")
    put(programs, "apt-get", f"echo {(served / 'debian').as_uri()}/")
    answer = check(programs, PIP_INDEX_URL=(served / "simple").as_uri())
    assert "skipped, because debootstrap is not installed and BASE is not set" in answer
