"""Exit cleanly on signals: a terminated program removes its temporary files and stops its child processes."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def exit_on_signals() -> Iterator[None]:
    """Turn the first SIGTERM or SIGHUP into SystemExit, so that the enclosed `with` blocks clean up.

    The default action would end the process at once. Later signals are ignored until the clean-up is done. A signal
    that the caller ignores (nohup) stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():  # only the main thread can set handlers
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    handled = [number for number, handler in before.items() if handler is not signal.SIG_IGN]

    def leave(number: int, _: FrameType | None) -> None:
        for each in handled:
            signal.signal(each, signal.SIG_IGN)
        sys.exit(128 + number)  # what a shell reports for a program that a signal ended

    for number in handled:
        signal.signal(number, leave)
    try:
        yield
    finally:
        for number in handled:
            signal.signal(number, before[number])
