"""Measure the CPU time of a job: in its own thread, in child processes, and in threads that several jobs share.

Code that spends CPU time elsewhere on behalf of a job calls `charge`, which adds to the account that is open in the
current thread. Without an open account, nothing is counted.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Account:
    """The CPU time of one attempt at a job. Read `seconds` in the thread that created the account."""

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


class SharedThreads:
    """Threads of this process that work for several jobs at once. The jobs share the process's CPU time equally."""

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


shared_threads = SharedThreads()
"""Of the models of this process. One object, because each counts the CPU time of the whole process."""
