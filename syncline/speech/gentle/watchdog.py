"""Detect that a run of Gentle can no longer end well: it died, hung, ran out of time or used too much memory.

Progress is a line in Gentle's log. CPU time is not progress: a k3 that cannot get memory spins at full CPU.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from syncline.core.errors import EngineError, LimitExceededError, SynclineError
from syncline.speech.gentle import session
from syncline.speech.gentle.kaldi_log import KaldiLog
from syncline.speech.gentle.session import Process

MAX_TAIL_LINES = 40
MEMORY_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
_RETRY_HINT = "Retry the job. If it fails again, use the engine “pocketsphinx” for this recording."
_MEMORY_HINT = "Give the worker more memory, or fewer processes: each k3 loads the whole model (docs/gentle.md)."


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The published speed is 0.3 seconds per second of audio on one core, plus the time to load the model."""

    startup_seconds: float = 300.0
    seconds_per_audio_second: float = 5.0
    stalled_seconds: float = 180.0  # without a line in the log; a window of 20 seconds takes about 6
    zombie_seconds: float = 3.0  # how long a dead child may wait for Gentle to read its exit status
    exception_seconds: float = 10.0  # from an exception to the end of the process
    memory_bytes: int = 0  # resident, of the whole session; 0: four fifths of what this machine or container has

    def wall_seconds(self, audio_seconds: float) -> float:
        return self.startup_seconds + self.seconds_per_audio_second * audio_seconds

    @property
    def memory(self) -> int:
        return self.memory_bytes or available_memory_bytes() * 4 // 5


def available_memory_bytes(limits: Sequence[Path] = MEMORY_LIMITS) -> int:
    """Return the machine's memory, or the container's limit (cgroup v2 or v1) where that is lower."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for path in limits:
        with contextlib.suppress(OSError, ValueError):  # the file is missing, or contains "max"
            memory = min(memory, int(path.read_text()))
    return memory


@dataclass(slots=True)
class Watchdog:
    leader: int  # of the session
    limits: Limits
    wall_seconds: float
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=MAX_TAIL_LINES))
    kaldi: KaldiLog = field(default_factory=KaldiLog)
    _began: float = field(default_factory=time.monotonic)
    _last_progress: float = field(default_factory=time.monotonic)
    _cpu_ticks: dict[int, int] = field(default_factory=dict)
    _exception_at: float | None = None
    _dead_since: dict[int, float] = field(default_factory=dict)

    def record(self, line: str) -> None:
        """Record a line of Gentle's log. DEBUG lines quote the transcript, so they count as progress only."""
        self._last_progress = time.monotonic()
        if not line.startswith("DEBUG:"):
            self.tail.append(line)
        if line.startswith("Traceback (most recent call last)"):
            self._exception_at = self._last_progress

    def check(self) -> None:
        now, members = time.monotonic(), list(session.members(self.leader))
        self._cpu_ticks |= {member.pid: member.cpu_ticks for member in members}
        self._check_memory(sum(member.memory_bytes for member in members))
        self._check_zombies(now, members)
        self._check_clocks(now)

    @property
    def cpu_seconds(self) -> float:
        """Of all processes that a check saw. The kernel adds up the times of those only that Gentle waits for."""
        return sum(self._cpu_ticks.values()) / os.sysconf("SC_CLK_TCK")

    @property
    def messages(self) -> str:
        return "\n".join([*self.tail, *self.kaldi.lines])

    def failure(self, ending: str) -> SynclineError:
        """Explain why Gentle ended: by the death of one of its programs, or else by its own last message."""
        if self.kaldi.death:
            return self._death(*self.kaldi.death)
        if self._is_memory(ending):
            return self._out_of_memory("Gentle", ending)
        last = next((line for line in reversed(self.tail) if line.strip()), "it wrote no message")
        reason = f" ({self.kaldi.reason})" if self.kaldi.reason else ""
        return EngineError(f"Gentle failed ({ending}): {last}{reason}", code="gentle_failed", hint=_RETRY_HINT)

    def _death(self, program: str, ending: str) -> SynclineError:
        if self._is_memory(ending):
            return self._out_of_memory(f"Gentle's {program}", ending)
        reason = f": {self.kaldi.reason}" if self.kaldi.reason else "."
        return EngineError(f"Gentle's {program} died ({ending}){reason}", code="gentle_died", hint=_RETRY_HINT)

    def _is_memory(self, ending: str) -> bool:
        """SIGKILL comes from the kernel's out-of-memory killer: nothing else kills single processes of the session."""
        return self.kaldi.out_of_memory or ending == "killed by SIGKILL"

    def _out_of_memory(self, program: str, ending: str) -> LimitExceededError:
        reason = f": {self.kaldi.reason}" if self.kaldi.reason else "."
        return LimitExceededError(
            f"{program} ran out of memory ({ending}){reason}", code="gentle_memory", hint=_MEMORY_HINT
        )

    def _check_clocks(self, now: float) -> None:
        if now - self._began > self.wall_seconds:
            raise LimitExceededError(
                f"Gentle did not finish within {self.wall_seconds:.0f} seconds.", code="gentle_slow", hint=_RETRY_HINT
            )
        if now - self._last_progress > self.limits.stalled_seconds:
            raise EngineError(
                f"Gentle hung: no progress for {self.limits.stalled_seconds:.0f} seconds.",
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
                hint=_MEMORY_HINT,
            )

    def _check_zombies(self, now: float, members: Sequence[Process]) -> None:
        dead = {member.pid: member for member in members if member.dead and member.pid != self.leader}
        self._dead_since = {pid: self._dead_since.get(pid, now) for pid in dead}
        for pid, since in self._dead_since.items():
            if now - since > self.limits.zombie_seconds:
                raise self._death(dead[pid].name, dead[pid].ending)
