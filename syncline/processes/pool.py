"""Run functions in child processes that all jobs of a worker share.

The children run alignment windows and everything else that processes untrusted text or samples. A crash, a hang or a
runaway allocation costs one item, never the worker. The children have a clean environment and are confined (see
sandbox): no network, no new processes, no access to other processes.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from syncline.processes import cpu_time, sandbox
from syncline.processes.child import ONE_THREAD, Child
from syncline.processes.matrix_kernels import kernel_variables
from syncline.processes.outcomes import Failure, failure_of

Item = TypeVar("Item")
Result = TypeVar("Result")

# More than twice the highest use observed: 440 MiB, for a recording that was searched for a text of 1,300 other words
# and then recognised. Only a runaway reaches the limit.
PROCESS_MEMORY_BYTES = 1 << 30
TASKS_IN_FLIGHT = 3  # per process and job: enough to keep every process busy, few enough that other jobs take turns
CALLS_PER_PROCESS = 2_000  # then a new process replaces it, which bounds leaks in native code
ATTEMPTS = 2


class Pool(Protocol):
    """Runs a function on items. A failed item becomes a `Failure` among the results."""

    processes: int

    def run(
        self, function: Callable[[Item], Result], items: Iterable[Item], *, seconds: float | None = None
    ) -> Iterator[Result | Failure]:
        """Yield results in the order of the items. An item that takes longer than `seconds` is not tried again."""


def run_one(pool: Pool, function: Callable[[Item], Result], item: Item, *, seconds: float) -> Result:
    """Run one call in a child. What the function refuses is raised here, and so is its failure."""
    (result,) = pool.run(function, [item], seconds=seconds)
    return succeeded(result)


def succeeded(result: Result | Failure) -> Result:
    if isinstance(result, Failure):
        raise result.as_error()
    return result


@dataclass(slots=True, eq=False)
class _Task(Generic[Item, Result]):
    function: Callable[[Item], Result]
    item: Item
    seconds: float
    final_time_out: bool  # whether a time-out ends the task without a second attempt
    child: Child | None = None  # while the task runs
    ended: bool = False  # it timed out, or its caller no longer wants the result


class SandboxedPool:
    """Runs functions in child processes. Several threads may call `run` at once; each gets its own results in order.

    A child starts when a task finds no idle one, so a short recording costs the start of one. Each child has a thread
    of this process, because Linux ends a child with the *thread* that started it.
    """

    def __init__(
        self,
        processes: int,
        *,
        task_seconds: float,
        memory_bytes: int = PROCESS_MEMORY_BYTES,
        writable: Sequence[Path] = (),
        calls_per_process: int = CALLS_PER_PROCESS,
    ) -> None:
        """The children may write no files but those below `writable`."""
        self.processes = processes
        self._task_seconds = task_seconds
        self._memory_bytes = memory_bytes
        self._calls_per_process = calls_per_process
        self._writable = [str(path) for path in writable]
        sandbox.protect_parent()
        self._lock = threading.Lock()
        self._closed = False
        self._children: dict[int, Child] = {}  # by thread
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix="pool")

    def run(
        self, function: Callable[[Item], Result], items: Iterable[Item], *, seconds: float | None = None
    ) -> Iterator[Result | Failure]:
        """Items are taken only as fast as the caller takes results."""
        waiting: deque[tuple[_Task[Item, Result], Future[tuple[Result | Failure, float]]]] = deque()
        try:
            for item in items:
                task = _Task(function, item, seconds or self._task_seconds, seconds is not None)
                waiting.append((task, self._threads.submit(self._settle, task)))
                if len(waiting) >= self.processes * TASKS_IN_FLIGHT:
                    yield _charged(waiting.popleft()[1])
            while waiting:
                yield _charged(waiting.popleft()[1])
        finally:
            for task, future in waiting:
                if not future.cancel():
                    self._cancel(task)

    def close(self) -> None:
        """Stop at once, including the tasks that still run."""
        with self._lock:
            self._closed = True
            for child in self._children.values():
                if child.busy:
                    child.kill()
        self._threads.shutdown(cancel_futures=True)
        for child in self._children.values():
            child.end()
        self._children.clear()

    def __enter__(self) -> SandboxedPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _settle(self, task: _Task[Item, Result]) -> tuple[Result | Failure, float]:
        """Try the task in the child of this thread, and once more if it did not end by itself."""
        for attempt in range(1, ATTEMPTS + 1):
            outcome = self._attempt(task)
            result = outcome[0]
            if not isinstance(result, Failure) or result.refusal is not None or task.ended or attempt == ATTEMPTS:
                return outcome
        raise AssertionError("unreachable")

    def _attempt(self, task: _Task[Item, Result]) -> tuple[Result | Failure, float]:
        child = self._begin(task)
        if child is None:
            return Failure("it was not tried"), 0.0
        try:
            return child.call(task.function, task.item, task.seconds)
        except TimeoutError:
            self._end_child(kill=True)
            task.ended = task.final_time_out
            return Failure(f"took longer than {task.seconds:g} seconds"), 0.0
        except (TypeError, ValueError):
            self._end_child(kill=True)
            return Failure("its process sent an unexpected message"), 0.0
        except (EOFError, OSError):
            return Failure(self._end_child()), 0.0
        finally:
            with self._lock:
                task.child = None

    def _begin(self, task: _Task[Item, Result]) -> Child | None:
        """The child of this thread, a new one if there is none that can take the task."""
        thread = threading.get_ident()
        with self._lock:
            if self._closed or task.ended:
                return None
            child = self._children.get(thread)
            if child is not None and (not child.running or child.calls >= self._calls_per_process):
                child.end()
                child = None
            if child is None:
                child = Child(memory_bytes=self._memory_bytes, writable=self._writable)
            child.busy = True
            self._children[thread] = task.child = child
            return child

    def _end_child(self, *, kill: bool = False) -> str:
        """-> how it ended."""
        with self._lock:
            child = self._children.pop(threading.get_ident())
        if kill:
            child.kill()
        return child.end()

    def _cancel(self, task: _Task[Item, Result]) -> None:
        """The caller no longer wants the result. A child that works on it is ended: it may work for minutes."""
        with self._lock:
            task.ended = True
            if task.child is not None:
                task.child.kill()


def _charged(future: Future[tuple[Result | Failure, float]]) -> Result | Failure:
    result, cpu_seconds = future.result()
    cpu_time.charge(cpu_seconds)
    return result


class SerialPool:
    """Runs the items in this process, for tests and programs without untrusted input."""

    processes = 1

    def __init__(self) -> None:
        for name, value in (ONE_THREAD | kernel_variables()).items():
            os.environ.setdefault(name, value)  # has an effect only before numpy is imported

    def run(
        self, function: Callable[[Item], Result], items: Iterable[Item], *, seconds: float | None = None
    ) -> Iterator[Result | Failure]:
        for item in items:
            yield _attempt_here(function, item)

    def close(self) -> None:
        pass

    def __enter__(self) -> SerialPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _attempt_here(function: Callable[[Item], Result], item: Item) -> Result | Failure:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return function(item)
        except Exception as error:
            failure = failure_of(error)
            if attempt == ATTEMPTS or failure.refusal is not None:
                return failure
    raise AssertionError("unreachable")
