"""The health check reads one file's age."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from worker import liveness


@pytest.fixture
def sign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "alive"
    monkeypatch.setattr(liveness, "sign", lambda: path)
    return path


def test_without_a_sign_it_is_dead(sign: Path) -> None:
    assert not liveness.alive()


@pytest.mark.parametrize(("seconds_ago", "alive"), [(0, True), (50, True), (70, False), (-3600, False)])
def test_a_sign_counts_for_a_minute_whatever_happens_to_the_clock(sign: Path, seconds_ago: int, alive: bool) -> None:
    liveness.touch()
    then = time.time() - seconds_ago
    os.utime(sign, (then, then))

    assert liveness.alive() is alive
