"""The health check reads one file's age."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from worker.liveness import LivenessFile


def test_without_the_file_the_worker_is_not_alive(tmp_path: Path) -> None:
    assert not LivenessFile(tmp_path / "alive").is_fresh()


@pytest.mark.parametrize(("seconds_ago", "fresh"), [(0, True), (50, True), (70, False), (-3600, False)])
def test_the_file_is_fresh_for_a_minute_in_both_directions(tmp_path: Path, seconds_ago: int, fresh: bool) -> None:
    liveness = LivenessFile(tmp_path / "alive")
    liveness.touch()
    then = time.time() - seconds_ago
    os.utime(liveness.path, (then, then))

    assert liveness.is_fresh() is fresh
