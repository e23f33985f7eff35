"""What processor time a job costs, wherever it is spent: in its own thread, in processes, in the translation model.

Whoever spends it for a job charges it to the account that is open in the job's thread. Without one, nothing is counted.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

_LONGEST_PAUSE = 0.05


@dataclass(slots=True, eq=False)
class Account:
    """Of one attempt at a job; `seconds` has to be asked for in the thread that made it."""

    charged: float = 0.0
    _began: float = field(default_factory=time.thread_time)

    @property
    def seconds(self) -> float:
        return self.charged + time.thread_time() - self._began

    @contextmanager
    def open(self) -> Iterator[None]:
        before = _open.set(self)
        try:
            yield
        finally:
            _open.reset(before)


_open: ContextVar[Account | None] = ContextVar("account", default=None)


def charge(seconds: float) -> None:
    if (account := _open.get()) is not None:
        account.charged += seconds


def ends_within(child: subprocess.Popen[bytes], seconds: float) -> bool:
    """Waits as Popen.wait does, which throws away what the kernel says about the child's processor time."""
    deadline, pause = time.monotonic() + seconds, 0.0005
    while child.returncode is None:
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            child.returncode = os.waitstatus_to_exitcode(status)
            charge(usage.ru_utime + usage.ru_stime)
        elif time.monotonic() >= deadline:
            return False
        else:
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
    return True


class SharedThreads:
    """Threads of this process that work for several jobs at once: what it uses is shared out among those jobs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._served: list[Account | None] = []
        self._settled = 0.0

    @contextmanager
    def serving(self) -> Iterator[None]:
        account = _open.get()
        with self._lock:
            self._settle()
            self._served.append(account)
        try:
            yield
        finally:
            with self._lock:
                self._settle()
                self._served.remove(account)

    def _settle(self) -> None:
        now = time.process_time()
        for account in filter(None, self._served):
            account.charged += (now - self._settled) / len(self._served)
        self._settled = now
