from __future__ import annotations

import os
import signal
import threading

import pytest

from syncline.processes.termination import exit_on_signals


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_unwinds_the_with_blocks(number: signal.Signals) -> None:
    before, cleaned_up = signal.getsignal(number), []
    with pytest.raises(SystemExit) as caught, exit_on_signals():
        try:
            os.kill(os.getpid(), number)
        finally:
            os.kill(os.getpid(), number)  # does not interrupt the clean-up
            cleaned_up.append(True)
    assert caught.value.code == 128 + number
    assert cleaned_up and signal.getsignal(number) is before


def test_an_ignored_signal_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with exit_on_signals():
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_other_threads_leave_the_handlers_alone() -> None:
    seen: list[object] = []

    def run() -> None:
        with exit_on_signals():
            seen.append(signal.getsignal(signal.SIGTERM))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [before]
