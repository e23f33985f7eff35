"""Run ffmpeg in the sandbox, in a process group of its own that ends with the block."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from syncline.processes import sandbox


@contextmanager
def sandboxed(
    command: list[str],
    *,
    limits: dict[str, int],
    recording: Path | None = None,
    stdin: int = subprocess.DEVNULL,
    stdout: int | IO[bytes] = subprocess.PIPE,
) -> Iterator[subprocess.Popen[bytes]]:
    """The child can read the recording and the files of the system. It can write only to its streams."""
    sandbox.protect_parent()
    confined = sandbox.command(limits, readable=_readable(command[0], recording), writable=[])
    child = subprocess.Popen(
        [*confined, *command],
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=sandbox.clean_environment(),
        cwd="/",  # A crafted file cannot name other uploads by a relative path.
        start_new_session=True,
    )
    with child:
        try:
            yield child
        finally:
            kill_group(child)


def _readable(binary: str, recording: Path | None) -> list[str]:
    """The recording, and what ffmpeg needs to start. The wheel's ffmpeg is in sys.prefix."""
    libraries = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    own_folder = str(Path(binary).resolve().parent)
    found = [binary, own_folder, sys.prefix, sys.base_prefix, *filter(None, libraries), *sandbox.SYSTEM_PATHS]
    return [str(recording.absolute()), *found] if recording else found


def kill_group(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:  # Not reaped yet, so the pid cannot belong to another process.
        os.killpg(child.pid, signal.SIGKILL)


@contextmanager
def ended_after(child: subprocess.Popen[bytes], seconds: float) -> Iterator[None]:
    """Kill the child if the block takes longer: a child that waits for ever uses no CPU time."""
    timer = threading.Timer(seconds, kill_group, args=(child,))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def stream_of(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # noqa: S101 - for the type checker: Popen was given PIPE
    return stream
