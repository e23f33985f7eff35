"""Make a child process exit when its parent dies, even when the parent is killed with SIGKILL."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 0.5


def exit_with_parent(parent: int | None = None, *, signum: int = signal.SIGKILL) -> None:
    """Call this first in a child process. Linux then sends the signal; on other systems a thread polls."""
    parent = parent or os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signum, 0, 0, 0)
        if os.getppid() != parent:  # The parent died before the call.
            os.kill(os.getpid(), signum)
        return
    threading.Thread(target=_poll, args=(parent, signum), name="parent-death", daemon=True).start()


def _poll(parent: int, signum: int) -> None:
    while os.getppid() == parent:
        time.sleep(_POLL_SECONDS)
    os.kill(os.getpid(), signum)
