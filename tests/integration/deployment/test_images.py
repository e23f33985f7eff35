"""Build the worker image and run it, on machines that can build images. `make image-check` builds the others too."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TIMEOUT_SECONDS = 900


def test_the_worker_image_builds_and_aligns_with_both_engines() -> None:
    exit_code, output = image_check()
    _, skipped, reason = output.partition("image-check: skipped, because ")
    if skipped:
        pytest.skip(reason.strip())
    assert exit_code == 0, output
    for engine in ("pocketsphinx", "gentle"):
        assert f"image-check: {engine} aligned" in output
    assert "image-check: ok" in output


def image_check() -> tuple[int, str]:
    command = ["bash", "scripts/image_check.sh", "--short"]
    pipes: dict[str, int] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, cwd=ROOT, text=True, start_new_session=True, **pipes) as check:
        try:
            output, _ = check.communicate(timeout=TIMEOUT_SECONDS)
        finally:
            if check.poll() is None:
                os.killpg(check.pid, signal.SIGTERM)
        return check.returncode, output
