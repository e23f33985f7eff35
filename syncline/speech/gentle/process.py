"""One run of Gentle's align.py: started, watched, and never left behind.

What can go wrong is known. A k3 that dies is read from for ever by a Python that spins; a k3 that hangs is waited
for just as long; a Python that dies leaves k3 processes that spin on the end of their input; an exception may
leave either. So the run has a session of its own, which is killed as a whole however the run ends.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from syncline.core.errors import EngineError, LimitExceededError
from syncline.core.progress import Progress
from syncline.processes import cpu_time
from syncline.speech.gentle import processes

logger = logging.getLogger(__name__)

LAUNCHER = Path(__file__).with_name("launch.py")
POLL_SECONDS = 0.2
TAIL_LINES = 40
LONGEST_LINE = 2_000
CHUNKS_AT_ONCE = 16

_PROGRESS = re.compile(r"INFO:root:(\d+)/(\d+)$")
_MATERIAL_HINT = "Retry the job; if it fails again, use the engine “pocketsphinx” for this recording."


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Generous: published speed is 0.3 seconds per second of audio on one core, plus the loading of the model."""

    startup_seconds: float = 300.0
    seconds_per_audio_second: float = 5.0
    silent_seconds: float = 90.0  # without a line of progress and without any use of the processor
    dead_seconds: float = 3.0  # how long a dead child may wait for its parent to notice
    farewell_seconds: float = 10.0  # from an exception to the end of the process
    memory_bytes: int = 0  # of the whole session; 0: four fifths of what this machine or container has

    def wall_seconds(self, audio_seconds: float) -> float:
        return self.startup_seconds + self.seconds_per_audio_second * audio_seconds

    @property
    def memory(self) -> int:
        return self.memory_bytes or available_memory_bytes() * 4 // 5


def available_memory_bytes(cgroup: Path = Path("/sys/fs/cgroup/memory.max")) -> int:
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with contextlib.suppress(OSError, ValueError):  # no such file; or it says "max"
        return min(machine, int(cgroup.read_text()))
    return machine


def run_align(
    script: Path,
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    audio_seconds: float,
    limits: Limits,
    progress: Progress,
) -> None:
    """Returns when align.py has ended well. Raises EngineError or LimitExceededError, and leaves no process."""
    process = subprocess.Popen(
        [sys.executable, str(LAUNCHER), str(limits.memory), str(script), *arguments],
        cwd=script.parent,
        env=dict(environment),
        stdin=subprocess.PIPE,  # its end tells the child that we are gone
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    watch = _Watch(process.pid, limits, limits.wall_seconds(audio_seconds))
    try:
        _follow(process, watch, progress)
        cpu_time.charge(watch.processor_seconds)
    except BaseException:
        logger.warning("Gentle was stopped; its last words:\n%s", "\n".join(watch.tail))
        raise
    finally:
        _kill_session(process)


def _follow(process: subprocess.Popen[bytes], watch: _Watch, progress: Progress) -> None:
    assert process.stderr is not None  # noqa: S101 (asked for above)
    lines = _Lines(process.stderr)
    while process.poll() is None:
        for line in lines.within(POLL_SECONDS):
            watch.heard(line)
            if found := _PROGRESS.search(line):
                done, total = int(found[1]), int(found[2])
                progress(min(1.0, done / total) if total else 0.0)
        watch.check()
    for line in lines.within(0):
        watch.heard(line)
    if process.returncode != 0:
        raise watch.failure(_ending(process.returncode))


def _ending(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _kill_session(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stderr):
        if pipe is not None:
            pipe.close()


class _Lines:
    """Whole lines of a pipe as they come, without ever waiting for one that does not."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe.fileno()
        self._rest = b""

    def within(self, seconds: float) -> Iterator[str]:
        for _ in range(CHUNKS_AT_ONCE):  # and then there is time to look after the process that says so much
            if not select.select([self._pipe], [], [], seconds)[0]:
                return
            chunk = os.read(self._pipe, 65_536)
            if not chunk:  # closed; align.py itself may still run
                time.sleep(seconds)
                return
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            self._rest = self._rest[-LONGEST_LINE:]
            for line in lines:
                yield line[-LONGEST_LINE:].decode(errors="replace").rstrip()
            seconds = 0


@dataclass(slots=True)
class _Watch:
    """Raises as soon as the run can no longer end well."""

    session: int
    limits: Limits
    wall_seconds: float
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=TAIL_LINES))
    _began: float = field(default_factory=time.monotonic)
    _sign_of_life: float = field(default_factory=time.monotonic)
    _cpu_ticks: int = 0
    _exception_at: float | None = None
    _dead_since: dict[int, float] = field(default_factory=dict)

    def heard(self, line: str) -> None:
        self.tail.append(line)
        self._sign_of_life = time.monotonic()
        if line.startswith("Traceback (most recent call last)"):
            self._exception_at = self._sign_of_life

    def check(self) -> None:
        now, members = time.monotonic(), list(processes.of_session(self.session))
        self._check_clocks(now, sum(member.cpu_ticks for member in members))
        self._check_memory(sum(member.memory_bytes for member in members))
        self._check_for_the_dead(now, members)

    @property
    def processor_seconds(self) -> float:
        """As last looked at: Gentle does not wait for its children's ends, so the kernel does not add them up."""
        return self._cpu_ticks / os.sysconf("SC_CLK_TCK")

    def failure(self, ending: str) -> EngineError:
        last = next((line for line in reversed(self.tail) if line.strip()), "it said nothing")
        return EngineError(f"Gentle failed ({ending}): {last}", code="gentle_failed", hint=_MATERIAL_HINT)

    def _check_clocks(self, now: float, cpu_ticks: int) -> None:
        if cpu_ticks != self._cpu_ticks:
            self._cpu_ticks, self._sign_of_life = cpu_ticks, now
        if now - self._began > self.wall_seconds:
            raise LimitExceededError(
                f"Gentle did not finish within {self.wall_seconds:.0f} seconds.",
                code="gentle_slow",
                hint=_MATERIAL_HINT,
            )
        if now - self._sign_of_life > self.limits.silent_seconds:
            raise EngineError(
                f"Gentle hung: no progress and no work for {self.limits.silent_seconds:.0f} seconds.",
                code="gentle_hung",
                hint=_MATERIAL_HINT,
            )
        if self._exception_at is not None and now - self._exception_at > self.limits.farewell_seconds:
            raise self.failure("an exception that it did not survive")

    def _check_memory(self, used_bytes: int) -> None:
        if used_bytes > self.limits.memory:
            raise LimitExceededError(
                f"Gentle used {used_bytes / 2**30:.1f} GiB of memory, more than its {self.limits.memory / 2**30:.1f}.",
                code="gentle_memory",
                hint="Give the worker more memory, or fewer threads: each loads the whole model.",
            )

    def _check_for_the_dead(self, now: float, members: Sequence[processes.Process]) -> None:
        dead = {member.pid: member for member in members if member.dead and member.pid != self.session}
        self._dead_since = {pid: self._dead_since.get(pid, now) for pid in dead}
        for pid, since in self._dead_since.items():
            if now - since > self.limits.dead_seconds:
                raise EngineError(
                    f"Gentle's {dead[pid].name} died ({dead[pid].ending}), which Gentle itself does not notice.",
                    code="gentle_died",
                    hint=_MATERIAL_HINT,
                )
