"""Run Gentle's align.py in a session of its own, watch it, and kill the whole session when the run ends.

Gentle does not handle its own failures. If a k3 dies, Gentle's Python reads from its pipe forever at full CPU. If a k3
hangs, Gentle waits forever. If Gentle's Python dies, its k3 processes spin at the end of their input.
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
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from syncline.core.progress import Progress
from syncline.processes import cpu_time, sandbox
from syncline.speech.gentle import session
from syncline.speech.gentle.watchdog import Limits, Watchdog

logger = logging.getLogger(__name__)

LAUNCHER = Path(__file__).with_name("launcher.py")
POLL_SECONDS = 0.2
KILL_SECONDS = 5.0
MAX_LINE_BYTES = 2_000
MAX_READS = 16

_PROGRESS = re.compile(r"INFO:root:(\d+)/(\d+)$")


def run_align(
    script: Path,
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    audio_seconds: float,
    limits: Limits,
    progress: Progress,
) -> None:
    """Return when align.py has succeeded. Otherwise raise EngineError or LimitExceededError. No process remains."""
    process, kaldi_log = _start(script, arguments, environment)
    watchdog = Watchdog(process.pid, limits, limits.wall_seconds(audio_seconds))
    try:
        _follow(process, kaldi_log, watchdog, progress)
        cpu_time.charge(watchdog.cpu_seconds)
    except BaseException:
        logger.warning("Gentle was stopped. Its last messages:\n%s", watchdog.messages)
        raise
    finally:
        _kill_session(process)
        os.close(kaldi_log)


def _start(
    script: Path, arguments: Sequence[str], environment: Mapping[str, str]
) -> tuple[subprocess.Popen[bytes], int]:
    """Return the process, and the read end of the pipe that k3 and m3 write their messages to."""
    kaldi_log, write_end = os.pipe()
    try:
        process = subprocess.Popen(
            [
                *sandbox.command({}, children=True),
                sys.executable,
                str(LAUNCHER),
                str(write_end),
                str(script),
                *arguments,
            ],
            cwd=script.parent,
            env=dict(environment),
            stdin=subprocess.PIPE,  # closes when this process dies, which tells the launcher to exit
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=(write_end,),
            start_new_session=True,
        )
    except BaseException:
        os.close(kaldi_log)
        raise
    finally:
        os.close(write_end)
    return process, kaldi_log


def _follow(process: subprocess.Popen[bytes], kaldi_log: int, watchdog: Watchdog, progress: Progress) -> None:
    assert process.stderr is not None  # noqa: S101 (the process is started with a pipe)
    gentle, kaldi = _LineReader(process.stderr.fileno()), _LineReader(kaldi_log)

    def read(seconds: float) -> None:
        for line in gentle.lines(seconds):
            watchdog.record(line)
            if found := _PROGRESS.search(line):
                done, total = int(found[1]), int(found[2])
                progress(min(1.0, done / total) if total else 0.0)
        for line in kaldi.lines(0):
            watchdog.kaldi.record(line)

    while process.poll() is None:
        read(POLL_SECONDS)
        watchdog.check()
    read(0)
    if process.returncode != 0:
        raise watchdog.failure(_ending(process.returncode))


def _ending(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _kill_session(process: subprocess.Popen[bytes]) -> None:
    """Kill all processes and wait until they are gone, so that their memory is free for the next run."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + KILL_SECONDS
    while any(not member.dead for member in session.members(process.pid)) and time.monotonic() < deadline:
        time.sleep(0.01)
    for pipe in (process.stdin, process.stderr):
        if pipe is not None:
            pipe.close()


class _LineReader:
    """Reads the complete lines that a pipe has now, and never blocks on an incomplete one."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._rest = b""

    def lines(self, seconds: float) -> Iterator[str]:
        """Wait up to `seconds` for the first bytes. The number of reads is bounded, so that a process that writes
        without pause cannot keep the caller from checking it."""
        for _ in range(MAX_READS):
            if not select.select([self._pipe], [], [], seconds)[0]:
                return
            data = os.read(self._pipe, 65_536)
            if not data:  # the pipe is closed, but align.py can still be running
                time.sleep(seconds)
                return
            *lines, self._rest = (self._rest + data).split(b"\n")
            self._rest = self._rest[-MAX_LINE_BYTES:]
            for line in lines:
                yield line[-MAX_LINE_BYTES:].decode(errors="replace").rstrip()
            seconds = 0
