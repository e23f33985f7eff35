from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncline.processes.child import Child


@pytest.fixture
def child() -> Iterator[Child]:
    child = Child(memory_bytes=1 << 30)
    yield child
    child.kill()
    child.end()


def stop_soon(seconds: float) -> int:
    threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGSTOP)).start()
    return os.getpid()


def wait_until_stopped(pid: int) -> None:
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        time.sleep(0.01)


def send_half_a_message(_: object) -> None:
    for descriptor in range(3, 64):
        with contextlib.suppress(OSError):
            os.write(descriptor, (1000).to_bytes(4) + b"half")
    time.sleep(60)


def test_a_child_that_no_longer_reads_does_not_block_its_parent(child: Child) -> None:
    wait_until_stopped(child.call(stop_soon, 0.05, 60)[0])
    child.start_seconds = 1.0

    with pytest.raises(TimeoutError):
        child.call(len, bytes(10 << 20), 60)


def test_a_child_that_stops_in_the_middle_of_a_message_does_not_block_its_parent(child: Child) -> None:
    with pytest.raises(TimeoutError):
        child.call(send_half_a_message, None, 0.5)


def test_a_child_that_ran_out_of_time_cannot_be_used_again(child: Child) -> None:
    with pytest.raises(TimeoutError):
        child.call(time.sleep, 60, 0.2)

    assert child.end() == "its process died (SIGKILL)"
