"""Whatever ends the local stack, nothing of it is left behind; what dies in it is replaced."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import BIN, SAMPLES, Stack, clean_environment, start_local, stop_local


def everyone(stack: Stack) -> list[int]:
    pids = stack.description["pids"]
    parents = [pids["moto"], pids["receptions"], *pids["workers"]]
    return parents + [child for parent in parents for child in children(parent)]


def children(parent: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=False)
    direct = [int(line) for line in listed.stdout.split()]
    return direct + [grandchild for child in direct for grandchild in children(child)]


def gone(pid: int) -> bool:
    try:
        return "Z" in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True


def all_gone(pids: list[int], *, within: float) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if all(map(gone, pids)):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_ending_it_ends_every_process(number: signal.Signals) -> None:
    stack = start_local()
    pids = everyone(stack)
    assert len(pids) > 3
    stack.process.send_signal(number)
    stack.process.wait(30)
    assert stack.process.stdout
    stack.process.stdout.close()
    assert all_gone(pids, within=10)


@pytest.mark.parametrize("seconds", [0.5, 2.0])
def test_stopping_it_while_it_starts_leaves_nothing(seconds: float, tmp_path: Path) -> None:
    environment = clean_environment() | {"TMPDIR": str(tmp_path)}
    process = subprocess.Popen(
        [str(BIN / "syncline"), "local"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(seconds)
    pids = children(process.pid)
    os.kill(process.pid, signal.SIGINT)
    process.wait(30)
    assert all_gone(pids, within=10)
    assert list(tmp_path.iterdir()) == []


def workers_of(stack: Stack) -> list[int]:
    listed = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(stack.process.pid)], capture_output=True, text=True, check=True
    )
    return [int(line.split()[0]) for line in listed.stdout.splitlines() if "syncline.local.worker" in line]


def comes_true(question: Callable[[], bool], *, within: float) -> bool:
    deadline = time.monotonic() + within
    while not question() and time.monotonic() < deadline:
        time.sleep(0.2)
    return question()


def answers(stack: Stack) -> bool:
    try:
        return stack.get("/health")[0] == 200
    except OSError:
        return False


@pytest.fixture
def own_stack() -> Iterator[Stack]:
    stack = start_local()
    yield stack
    stop_local(stack)


def test_a_worker_and_receptions_that_die_are_replaced_and_nothing_is_lost(own_stack: Stack) -> None:
    pids = own_stack.description["pids"]
    for pid in (pids["receptions"], *pids["workers"]):
        os.kill(pid, signal.SIGKILL)
    own_stack.drop(SAMPLES / "hello.wav", "uploads/hello.wav")
    own_stack.drop(SAMPLES / "hello.txt", "uploads/hello.txt")
    assert comes_true(lambda: answers(own_stack), within=30)
    assert own_stack.settled("uploads/hello.wav", within=90)["state"] == "SUCCEEDED"
    assert len(workers_of(own_stack)) == 1


def test_a_worker_that_was_told_to_stop_stays_away_and_the_rest_goes_on(own_stack: Stack) -> None:
    os.kill(own_stack.description["pids"]["workers"][0], signal.SIGTERM)
    assert comes_true(lambda: workers_of(own_stack) == [], within=30)
    time.sleep(2)  # in which a new one would have been started
    assert workers_of(own_stack) == []
    assert answers(own_stack)


def test_without_moto_there_is_nothing_to_go_on_with(tmp_path: Path) -> None:
    stack = start_local("--data", str(tmp_path))
    os.kill(stack.description["pids"]["moto"], signal.SIGKILL)
    assert stack.process.wait(30) == 1
    assert stack.process.stdout
    stack.process.stdout.close()
