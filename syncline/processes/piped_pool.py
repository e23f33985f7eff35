"""Run functions in one confined child process that is connected by two pipes.

AWS Lambda has no POSIX semaphores, which multiprocessing's queues and pools need. The child is confined like those of
`SandboxedPool`: no credentials, no network, no new processes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from syncline.processes import cpu_time, sandbox
from syncline.processes.clean_spawn import ONE_THREAD
from syncline.processes.matrix_kernels import kernel_variables
from syncline.processes.pool import (
    ATTEMPTS,
    PROCESS_MEMORY_BYTES,
    Failure,
    answer_in_child,
    reason_of_death,
    start_child,
)
from syncline.processes.results import ResultConnection

Item = TypeVar("Item")
Result = TypeVar("Result")

START_SECONDS = 60.0
_PROGRAM = (
    "import json, sys\n"
    "sys.path[:] = json.loads(sys.argv[1])\n"
    "from syncline.processes.piped_pool import serve\n"
    "serve(*map(int, sys.argv[2:]))"
)


class PipedPool:
    """Starts its child with the first item. It ends with the thread that ran this item, and is started again then."""

    processes = 1

    def __init__(self, *, task_seconds: float, memory_bytes: int = PROCESS_MEMORY_BYTES) -> None:
        self._task_seconds = task_seconds
        self._memory_bytes = memory_bytes
        self._lock = threading.Lock()
        self._child: _Child | None = None
        sandbox.protect_parent()

    def run(
        self, function: Callable[[Item], Result], items: Iterable[Item], *, seconds: float | None = None
    ) -> Iterator[Result | Failure]:
        for item in items:
            yield self._settle(function, item, seconds)

    def close(self) -> None:
        with self._lock:
            self._end_child()

    def _settle(self, function: Callable[[Item], Result], item: Item, seconds: float | None) -> Result | Failure:
        failure = Failure("it was not tried")
        for _ in range(ATTEMPTS):
            result: Result | Failure = self._attempt(function, item, seconds or self._task_seconds)
            if not isinstance(result, Failure) or result.refusal is not None:
                return result
            failure = result
            if seconds is not None and failure.timed_out:
                break
        return failure

    def _attempt(self, function: Callable[[Item], Result], item: Item, seconds: float) -> Any:
        with self._lock:
            try:
                if self._child is None:
                    self._child = _Child(self._memory_bytes)
                    self._child.wait_until_ready()
                result, cpu_seconds = self._child.call(function, item, seconds)
            except TimeoutError:
                self._end_child()
                return Failure(f"took longer than {seconds:g} seconds", timed_out=True)
            except (EOFError, OSError, TypeError):
                return Failure(reason_of_death(self._end_child(), self._memory_bytes))
        cpu_time.charge(cpu_seconds)
        return result

    def _end_child(self) -> int | None:
        child, self._child = self._child, None
        return child.end() if child else None


class _Child:
    def __init__(self, memory_bytes: int) -> None:
        child_reads, parent_writes = os.pipe()
        parent_reads, child_writes = os.pipe()
        arguments = map(str, (child_reads, child_writes, os.getpid(), memory_bytes))
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, json.dumps(sys.path), *arguments],
            env=ONE_THREAD | kernel_variables() | sandbox.clean_environment(),
            pass_fds=(child_reads, child_writes),
            stdin=subprocess.DEVNULL,
        )
        os.close(child_reads)
        os.close(child_writes)
        self._requests = Connection(parent_writes, readable=False)
        self._results = ResultConnection(parent_reads, writable=False)

    def wait_until_ready(self) -> None:
        """The time limit of an item does not include the start of the child."""
        if not self._results.poll(START_SECONDS):
            raise TimeoutError
        self._results.recv()

    def call(self, function: Callable[[Any], Any], item: Any, seconds: float) -> tuple[Any, float]:
        self._requests.send((function, item))
        if not self._results.poll(seconds):
            raise TimeoutError
        result, cpu_seconds = self._results.recv()
        return result, float(cpu_seconds)

    def end(self) -> int:
        self._process.poll()
        self._process.kill()
        self._requests.close()
        self._results.close()
        return self._process.wait()


def serve(requests_descriptor: int, results_descriptor: int, parent: int, memory_bytes: int) -> None:
    """The child: answer requests until the parent closes the pipe."""
    start_child(parent, memory_bytes, [])
    requests = Connection(requests_descriptor, writable=False)
    results = Connection(results_descriptor, readable=False)
    results.send(os.getpid())
    while True:
        try:
            function, item = requests.recv()
        except EOFError:
            return
        results.send(answer_in_child(function, item))
