"""`syncline local`: its processes end with it, dead ones are replaced, and it starts from any folder."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.e2e.conftest import BIN, SAMPLES, Stack, clean_environment, start_local, stop_local, syncline
from tests.integration.speech.gentle.standin.install import install


def all_processes(stack: Stack) -> list[int]:
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
    for suffix in (".txt", ".wav"):
        stack.put(SAMPLES / f"hello{suffix}", f"uploads/hello{suffix}")
    assert comes_true(lambda: len(all_processes(stack)) > 4, within=90), "the launcher and a child of the pool"
    pids = all_processes(stack)
    stack.process.send_signal(number)
    stack.process.wait(30)
    assert stack.process.stdout
    stack.process.stdout.close()
    assert all_gone(pids, within=10)


@pytest.mark.parametrize("started", [1, 3])
def test_stopping_it_while_it_starts_leaves_nothing(started: int, tmp_path: Path) -> None:
    """moto starts first; the receptions and the worker start together."""
    environment = clean_environment() | {"TMPDIR": str(tmp_path)}
    process = subprocess.Popen(
        [str(BIN / "syncline"), "local"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    assert comes_true(lambda: len(children(process.pid)) >= started, within=60)
    pids = children(process.pid)
    os.kill(process.pid, signal.SIGINT)
    process.wait(30)
    assert all_gone(pids, within=10)
    assert list(tmp_path.iterdir()) == []


def workers_of(stack: Stack) -> list[int]:
    listed = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(stack.process.pid)], capture_output=True, text=True, check=True
    )
    return [int(line.split()[0]) for line in listed.stdout.splitlines() if "-m worker " in line]


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


def test_a_worker_and_receptions_that_die_are_replaced(own_stack: Stack) -> None:
    pids = own_stack.description["pids"]
    for pid in (pids["receptions"], *pids["workers"]):
        os.kill(pid, signal.SIGKILL)
    own_stack.put(SAMPLES / "hello.wav", "uploads/hello.wav")
    own_stack.put(SAMPLES / "hello.txt", "uploads/hello.txt")
    assert comes_true(lambda: answers(own_stack), within=30)
    assert own_stack.settled("uploads/hello.wav", within=90)["state"] == "SUCCEEDED"
    assert len(workers_of(own_stack)) == 1


def test_a_worker_that_was_told_to_stop_is_not_replaced(own_stack: Stack) -> None:
    os.kill(own_stack.description["pids"]["workers"][0], signal.SIGTERM)
    assert comes_true(lambda: workers_of(own_stack) == [], within=30)
    os.kill(own_stack.description["pids"]["receptions"], signal.SIGKILL)
    # The stack has checked every process by the time it has replaced the receptions.
    assert comes_true(lambda: answers(own_stack), within=30)
    assert workers_of(own_stack) == []


def test_the_stack_starts_in_a_folder_with_modules_of_the_same_names(tmp_path: Path) -> None:
    for name in ("syncline", "worker", "lambdas"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise ImportError('not this one')")
    stop_local(start_local(folder=tmp_path))


def test_jobs_run_with_the_gentle_of_the_environment(tmp_path: Path) -> None:
    stack = start_local("--engine", "gentle", SYNCLINE_GENTLE_HOME=str(install(tmp_path / "gentle")))
    try:
        for suffix in (".txt", ".wav"):
            stack.put(SAMPLES / f"hello{suffix}", f"uploads/hello{suffix}")
        job = stack.settled("uploads/hello.wav")
        assert (job["state"], job["stats"]["engine"]) == ("SUCCEEDED", "gentle"), job["error"]
    finally:
        stop_local(stack)


def test_the_ends_of_jobs_are_posted_to_a_webhook(tmp_path: Path) -> None:
    bodies: queue.Queue[bytes] = queue.Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.put(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    (tmp_path / "notes.pdf").write_bytes(b"%PDF-1.7")
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as receiver:
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        stack = start_local("--webhook", f"http://127.0.0.1:{receiver.server_port}/")
        try:
            stack.put(tmp_path / "notes.pdf", "uploads/notes.pdf")
            ended = json.loads(bodies.get(timeout=60))
            syncline("delete", "uploads/notes.pdf", "--uploads", env=stack.environment)
            deleted = json.loads(bodies.get(timeout=60))
        finally:
            stop_local(stack)
            receiver.shutdown()
    assert (ended["detail-type"], ended["detail"]["state"]) == ("Syncline job ended", "REJECTED")
    assert (deleted["detail-type"], deleted["detail"]["uploads"]) == ("Syncline job deleted", True)
    assert ended["detail"]["job_id"] == deleted["detail"]["job_id"]


def test_the_stack_ends_when_moto_dies(tmp_path: Path) -> None:
    stack = start_local("--data", str(tmp_path))
    os.kill(stack.description["pids"]["moto"], signal.SIGKILL)
    assert stack.process.wait(30) == 1
    assert stack.process.stdout
    stack.process.stdout.close()
