"""Run ffmpeg confined, in a session of its own that ends with the block."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from syncline.processes import sandbox
from syncline.processes.launcher import ConfinedProcess, ConfinedProgram, Launcher

_launcher = Launcher()  # one for the process: it holds a small process that starts every ffmpeg


@contextmanager
def sandboxed(
    command: list[str],
    *,
    limits: dict[str, int],
    recording: Path | None = None,
    stdin: int = subprocess.DEVNULL,
    stdout: int | IO[bytes] = subprocess.PIPE,
) -> Iterator[ConfinedProcess]:
    """The child can read the recording and the files of the system. It can write only to its streams."""
    sandbox.protect_parent()
    program = ConfinedProgram(command, limits, _readable(command[0], recording))
    with _launcher.start(program, stdin=stdin, stdout=stdout) as child:
        yield child


def _readable(binary: str, recording: Path | None) -> list[str]:
    """The recording, and what ffmpeg needs to start. The wheel's ffmpeg is in sys.prefix."""
    libraries = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    own_folder = str(Path(binary).resolve().parent)
    found = [binary, own_folder, sys.prefix, sys.base_prefix, *filter(None, libraries), *sandbox.SYSTEM_PATHS]
    return [str(recording.absolute()), *found] if recording else found


@contextmanager
def ended_after(child: ConfinedProcess, seconds: float) -> Iterator[None]:
    """Kill the child if the block takes longer: a child that waits for ever uses no CPU time."""
    timer = threading.Timer(seconds, child.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def stream_of(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # noqa: S101 - for the type checker: a pipe was asked for
    return stream
