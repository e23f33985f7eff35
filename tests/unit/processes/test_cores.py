from __future__ import annotations

import os
from pathlib import Path

import pytest

from syncline.processes.cores import usable_cores

ALLOWED = len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("text", "cores"),
    [("50000 100000\n", 1), ("100000 100000\n", 1), ("max 100000\n", ALLOWED), ("", ALLOWED), ("nonsense", ALLOWED)],
)
def test_the_cpu_quota_of_cgroups_version_2(tmp_path: Path, text: str, cores: int) -> None:
    (tmp_path / "cpu.max").write_text(text)

    assert usable_cores(tmp_path) == cores


@pytest.mark.parametrize(("quota", "cores"), [("-1", ALLOWED), ("30000", 1), ("100000", 1), ("0", ALLOWED)])
def test_the_cpu_quota_of_cgroups_version_1(tmp_path: Path, quota: str, cores: int) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(quota)
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000")

    assert usable_cores(tmp_path) == cores


def test_a_quota_above_the_machine_is_the_machine(tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text("100000000 100000")

    assert usable_cores(tmp_path) == ALLOWED


@pytest.mark.skipif(ALLOWED < 2, reason="needs two cores")
def test_a_fractional_quota_is_rounded_up(tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text("150000 100000")

    assert usable_cores(tmp_path) == 2


def test_without_cgroups(tmp_path: Path) -> None:
    assert usable_cores(tmp_path / "nothing") == ALLOWED
