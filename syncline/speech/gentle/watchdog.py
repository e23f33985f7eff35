"""Detect that a run of Gentle can no longer end well: it died, hung, ran out of time or used too much memory."""

from __future__ import annotations

import contextlib
import os
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from syncline.core.errors import EngineError, LimitExceededError
from syncline.speech.gentle import session
from syncline.speech.gentle.session import Process

TAIL_LINES = 40
_RETRY_HINT = "Retry the job. If it fails again, use the engine “pocketsphinx” for this recording."


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The published speed is 0.3 seconds per second of audio on one core, plus the time to load the model."""

    startup_seconds: float = 300.0
    seconds_per_audio_second: float = 5.0
    stalled_seconds: float = 90.0  # without a line of progress and without CPU time
    zombie_seconds: float = 3.0  # how long a dead child may wait for Gentle to read its exit status
    exception_seconds: float = 10.0  # from an exception to the end of the process
    memory_bytes: int = 0  # of the whole session; 0: four fifths of what this machine or container has

    def wall_seconds(self, audio_seconds: float) -> float:
        return self.startup_seconds + self.seconds_per_audio_second * audio_seconds

    @property
    def memory(self) -> int:
        return self.memory_bytes or available_memory_bytes() * 4 // 5


def available_memory_bytes(cgroup: Path = Path("/sys/fs/cgroup/memory.max")) -> int:
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with contextlib.suppress(OSError, ValueError):  # the file is missing, or contains "max"
        return min(machine, int(cgroup.read_text()))
    return machine


@dataclass(slots=True)
class Watchdog:
    leader: int  # of the session
    limits: Limits
    wall_seconds: float
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=TAIL_LINES))
    _began: float = field(default_factory=time.monotonic)
    _last_progress: float = field(default_factory=time.monotonic)
    _cpu_ticks: int = 0
    _exception_at: float | None = None
    _dead_since: dict[int, float] = field(default_factory=dict)

    def record(self, line: str) -> None:
        self.tail.append(line)
        self._last_progress = time.monotonic()
        if line.startswith("Traceback (most recent call last)"):
            self._exception_at = self._last_progress

    def check(self) -> None:
        now, members = time.monotonic(), list(session.members(self.leader))
        self._check_clocks(now, sum(member.cpu_ticks for member in members))
        self._check_memory(sum(member.memory_bytes for member in members))
        self._check_zombies(now, members)

    @property
    def cpu_seconds(self) -> float:
        """As of the last check. Gentle does not wait for its children, so the kernel does not add up their times."""
        return self._cpu_ticks / os.sysconf("SC_CLK_TCK")

    def failure(self, ending: str) -> EngineError:
        last = next((line for line in reversed(self.tail) if line.strip()), "it wrote no message")
        return EngineError(f"Gentle failed ({ending}): {last}", code="gentle_failed", hint=_RETRY_HINT)

    def _check_clocks(self, now: float, cpu_ticks: int) -> None:
        if cpu_ticks != self._cpu_ticks:
            self._cpu_ticks, self._last_progress = cpu_ticks, now
        if now - self._began > self.wall_seconds:
            raise LimitExceededError(
                f"Gentle did not finish within {self.wall_seconds:.0f} seconds.", code="gentle_slow", hint=_RETRY_HINT
            )
        if now - self._last_progress > self.limits.stalled_seconds:
            raise EngineError(
                f"Gentle hung: no progress and no CPU time for {self.limits.stalled_seconds:.0f} seconds.",
                code="gentle_hung",
                hint=_RETRY_HINT,
            )
        if self._exception_at is not None and now - self._exception_at > self.limits.exception_seconds:
            raise self.failure("an exception after which it did not exit")

    def _check_memory(self, used_bytes: int) -> None:
        if used_bytes > self.limits.memory:
            raise LimitExceededError(
                f"Gentle used {used_bytes / 2**30:.1f} GiB of memory; the limit is "
                f"{self.limits.memory / 2**30:.1f} GiB.",
                code="gentle_memory",
                hint="Give the worker more memory, or fewer threads: each thread loads the whole model.",
            )

    def _check_zombies(self, now: float, members: Sequence[Process]) -> None:
        dead = {member.pid: member for member in members if member.dead and member.pid != self.leader}
        self._dead_since = {pid: self._dead_since.get(pid, now) for pid in dead}
        for pid, since in self._dead_since.items():
            if now - since > self.limits.zombie_seconds:
                raise EngineError(
                    f"Gentle's {dead[pid].name} died ({dead[pid].ending}), and Gentle did not notice.",
                    code="gentle_died",
                    hint=_RETRY_HINT,
                )
