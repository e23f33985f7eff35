"""The worker image, built and run for real where this machine can build images; `make image-check` does the rest."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MOST_SECONDS = 900


def test_the_worker_image_builds_and_aligns_with_both_engines() -> None:
    exit_code, said = image_check()
    _, skipped, reason = said.partition("image-check: skipped, because ")
    if skipped:
        pytest.skip(reason.strip())
    assert exit_code == 0, said
    for engine in ("pocketsphinx", "gentle"):
        assert f"image-check: {engine} aligned" in said
    assert "image-check: all is well" in said


def image_check() -> tuple[int, str]:
    command = ["bash", "scripts/image_check.sh", "--short"]
    pipes: dict[str, int] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, cwd=ROOT, text=True, start_new_session=True, **pipes) as check:
        try:
            said, _ = check.communicate(timeout=MOST_SECONDS)
        finally:
            if check.poll() is None:
                os.killpg(check.pid, signal.SIGTERM)
        return check.returncode, said
