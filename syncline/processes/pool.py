"""The alignment processes that all jobs of a worker share."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import resource
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import numpy as np
from pebble import ProcessExpired, ProcessFuture, ProcessPool

from syncline.pipeline.limits import PROCESS_MEMORY_BYTES
from syncline.processes import cpu_time
from syncline.processes.parent_death import die_with_parent

Item = TypeVar("Item")
Result = TypeVar("Result")

TASKS_IN_FLIGHT = 3  # per process and job: enough to keep all busy, few enough that other jobs get their turn
TASKS_PER_PROCESS = 2_000  # then a fresh one, whatever native code may have leaked
ATTEMPTS = 2
_OUT_OF_MEMORY = 77  # the exit code of a child that was refused memory
_THREAD_SETTINGS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Failure:
    """What came of an item that crashed, hung or raised on every attempt."""

    reason: str


@dataclass(slots=True)
class _Ticket(Generic[Item, Result]):
    item: Item
    future: ProcessFuture[tuple[Result, float]]
    attempts: int = 1


def _one_thread_each() -> None:
    """numpy's own threads only get in each other's way on small matrices, and the pool has a process per core."""
    for name in _THREAD_SETTINGS:
        os.environ.setdefault(name, "1")


class Pool(Protocol):
    """Runs functions on items, somewhere; a failed item is a value among the results."""

    processes: int

    def run(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result | Failure]: ...


class AlignmentPool:
    """Runs functions on items in child processes: a crash or a hang costs one item, never the worker.

    Several threads may call `run` at once; each gets its own results, in its own order.
    """

    def __init__(self, processes: int, *, task_seconds: float, memory_bytes: int = PROCESS_MEMORY_BYTES) -> None:
        self.processes = processes
        self._task_seconds = task_seconds
        self._memory_bytes = memory_bytes
        _one_thread_each()
        self._pool = ProcessPool(
            max_workers=processes,
            max_tasks=TASKS_PER_PROCESS,
            initializer=_start_child,
            initargs=(os.getpid(), memory_bytes),
            context=multiprocessing.get_context("spawn"),
        )
        # A child dies with the *thread* that started it (that is how Linux counts parents), and pebble starts its
        # first children in whichever thread schedules first: so that is one which lives as long as the pool.
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="alignment-pool")
        self._starter.submit(self._pool.schedule, os.getpid).result()

    def run(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result | Failure]:
        """Results in the order of the items; items are taken only as fast as results are."""
        waiting: deque[_Ticket[Item, Result]] = deque()
        source = iter(items)
        try:
            for item in source:
                ticket: _Ticket[Item, Result] = _Ticket(item, self._schedule(function, item))
                waiting.append(ticket)
                if len(waiting) >= self.processes * TASKS_IN_FLIGHT:
                    settled = self._settle(function, waiting.popleft())
                    yield settled
            while waiting:
                settled = self._settle(function, waiting.popleft())
                yield settled
        finally:
            for ticket in waiting:
                ticket.future.cancel()  # type: ignore[no-untyped-call]  # pebble has types, but not there

    def close(self) -> None:
        """At once: whatever still runs is stopped."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()
        self._starter.shutdown()

    def __enter__(self) -> AlignmentPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _schedule(self, function: Callable[[Item], Result], item: Item) -> ProcessFuture[tuple[Result, float]]:
        return self._pool.schedule(_in_child, args=(function, item), timeout=self._task_seconds)

    def _settle(self, function: Callable[[Item], Result], ticket: _Ticket[Item, Result]) -> Result | Failure:
        while True:
            try:
                result, processor_seconds = ticket.future.result()
                cpu_time.charge(processor_seconds)
                return result
            except FutureTimeoutError:
                reason = f"took longer than {self._task_seconds:g} seconds"
            except ProcessExpired as error:
                reason = self._death(error.exitcode)
            except Exception as error:  # whatever the function raised in the child
                reason = f"{type(error).__name__}: {error}"
            if ticket.attempts == ATTEMPTS:
                return Failure(reason)
            ticket.attempts += 1
            ticket.future = self._schedule(function, ticket.item)

    def _death(self, exit_code: int | None) -> str:
        if exit_code == _OUT_OF_MEMORY:
            return f"needed more than {self._memory_bytes >> 20} MiB of memory"
        return f"its process died ({_exit_reason(exit_code)})"


class SerialPool:
    """The same in this process, for where no child can be started (a Lambda has no shared semaphores)."""

    processes = 1

    def __init__(self) -> None:
        _one_thread_each()  # of use when numpy is not loaded yet

    def run(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result | Failure]:
        for item in items:
            yield _attempt(function, item)

    def close(self) -> None:
        pass

    def __enter__(self) -> SerialPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _attempt(function: Callable[[Item], Result], item: Item) -> Result | Failure:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return function(item)
        except Exception as error:
            if attempt == ATTEMPTS:
                return Failure(f"{type(error).__name__}: {error}")
    raise AssertionError("unreachable")


def _exit_reason(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return signal.Signals(-exit_code).name
    return f"exit code {exit_code}"


def _start_child(parent: int, memory_bytes: int) -> None:
    """A worker killed with SIGKILL must leave no process behind, not even one that hangs in native code."""
    die_with_parent(parent)
    # When the container's memory runs out, one window's process goes, and not the worker with all of its jobs.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("800")
    if sys.platform == "linux":  # macOS takes the limit and ignores it
        _let_blas_take_its_buffers()
        _limit_memory(memory_bytes)


def _let_blas_take_its_buffers() -> None:
    """Where OpenBLAS does not get them later on, it ends the process, and nobody learns that it was for memory."""
    square = np.ones((256, 256), np.float32)
    np.matmul(square, square)


def _limit_memory(most: int) -> None:
    """What the process writes to, on its heap and beside it. RLIMIT_AS would count the mapped model and libraries too,
    which all processes share, and whose size differs from one build of numpy to the next."""
    hardest = resource.getrlimit(resource.RLIMIT_DATA)[1]
    most = most if hardest == resource.RLIM_INFINITY else min(most, hardest)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _in_child(function: Callable[[Item], Result], item: Item) -> tuple[Result, float]:
    began = time.process_time()
    try:
        return function(item), time.process_time() - began
    except MemoryError:
        os._exit(_OUT_OF_MEMORY)  # its heap may be in pieces: the second try gets a fresh process
