"""Prepare a child process and run Gentle's align.py in it: launcher.py LOG_FD align.py ARGUMENT...

LOG_FD is a pipe for the stderr of k3 and m3, which Gentle sends to /dev/null. Standard input is a pipe that never
carries data; it closes when the parent dies. This file imports only the standard library, because Gentle's Python may
not have Syncline installed.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import runpy
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

KALDI_PROGRAMS = ("k3", "m3")
PR_SET_PDEATHSIG = 1
OOM_SCORE = "900"  # of 1000: when memory runs out, the kernel kills Gentle and not the worker


def main() -> None:
    log_fd, script, *arguments = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(OOM_SCORE)
    _handle_parent_death()
    children = _log_kaldi_programs(int(log_fd))
    sys.argv = [script, *arguments]
    sys.path[0] = str(Path(script).parent)
    try:
        runpy.run_path(script, run_name="__main__")
    finally:
        _log_deaths(children, int(log_fd))


def _handle_parent_death() -> None:
    """Undo the sandbox's PDEATHSIG, which would kill this process alone and leave its k3 processes."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0)
    threading.Thread(target=_exit_with_parent, daemon=True).start()


def _exit_with_parent() -> None:
    """Kill the whole process group: k3 ignores the end of its input and would spin forever."""
    while os.read(0, 4096):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _log_kaldi_programs(log_fd: int) -> list[subprocess.Popen[bytes]]:
    """Replace Popen, so that k3 and m3 write their messages to the log. Return the list of those processes."""
    children: list[subprocess.Popen[bytes]] = []

    class LoggedPopen(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, args: Any, *positional: Any, **options: Any) -> None:
            is_kaldi = isinstance(args, list) and Path(args[0]).name in KALDI_PROGRAMS
            if is_kaldi:
                options["stderr"] = log_fd
            super().__init__(args, *positional, **options)
            if is_kaldi:
                children.append(self)

    subprocess.Popen = LoggedPopen  # type: ignore[misc]
    return children


def _log_deaths(children: list[subprocess.Popen[bytes]], log_fd: int) -> None:
    """After an exception (a broken pipe, for example) name the children whose death caused it."""
    for child in children:
        code = child.poll()
        if code:
            ending = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
            os.write(log_fd, f"{Path(str(child.args[0])).name} died ({ending})\n".encode())  # type: ignore[index]


if __name__ == "__main__":
    main()
