"""Whatever ends the local stack, nothing of it is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.conftest import BIN, Stack, clean_environment, start_local


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
