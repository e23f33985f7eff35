"""Count the cores that this process may use. In a container the machine may have more than the container's share."""

from __future__ import annotations

import math
import os
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
_UNLIMITED = "max"


def usable_cores(cgroups: Path = CGROUPS) -> int:
    """The cores that the scheduler allows, at most the container's CPU quota rounded up."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _quota_v2(cgroups) or _quota_v1(cgroups)
    return allowed if quota is None else max(1, min(allowed, math.ceil(quota)))


def _quota_v2(cgroups: Path) -> float | None:
    """`cpu.max`: "<quota> <period>" in microseconds, or "max <period>"."""
    text = _read(cgroups / "cpu.max").split()
    if len(text) != 2 or text[0] == _UNLIMITED:
        return None
    return _ratio(text[0], text[1])


def _quota_v1(cgroups: Path) -> float | None:
    """`cpu.cfs_quota_us` is -1 without a limit."""
    folder = cgroups / "cpu"
    return _ratio(_read(folder / "cpu.cfs_quota_us").strip(), _read(folder / "cpu.cfs_period_us").strip())


def _ratio(quota: str, period: str) -> float | None:
    if not quota.isdecimal() or not period.isdecimal() or int(quota) == 0 or int(period) == 0:
        return None
    return int(quota) / int(period)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
