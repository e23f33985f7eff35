"""Run functions in child processes that all jobs of a worker share.

The children run alignment windows and everything else that processes untrusted text or samples. A crash, a hang or a
runaway allocation costs one item, never the worker. The children have a clean environment and are confined (see
sandbox): no network, no new processes, no access to other processes.
"""

from __future__ import annotations

import contextlib
import logging
import os
import resource
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from concurrent.futures import TimeoutError as FutureTimeoutError
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import numpy as np
from pebble import ProcessExpired, ProcessFuture, ProcessPool

from syncline.core import errors
from syncline.core.errors import EngineError, InvalidInputError, LimitExceededError, ModelMissingError, SynclineError
from syncline.processes import cpu_time, sandbox
from syncline.processes.clean_spawn import ONE_THREAD, CleanSpawnContext
from syncline.processes.matrix_kernels import kernel_variables
from syncline.processes.parent_death import exit_with_parent

logger = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")

# More than twice the highest use observed: 440 MiB, for a recording that was searched for a text of 1,300 other words
# and then recognised. Only a runaway reaches the limit.
PROCESS_MEMORY_BYTES = 1 << 30
TASKS_IN_FLIGHT = 3  # per process and job: enough to keep every process busy, few enough that other jobs take turns
TASKS_PER_PROCESS = 2_000  # then a new process replaces it, which bounds leaks in native code
ATTEMPTS = 2
RESTARTS = 5  # A pool may break this often under one item, which need not be the culprit.
_POLL_SECONDS = 0.5
_OUT_OF_MEMORY = 77  # the exit code of a child that was refused memory


# The errors of Syncline that a child may report as such. The others speak of the process itself, and a child that was
# taken over must not make the worker stop.
_REPORTED = (InvalidInputError, EngineError, LimitExceededError, ModelMissingError)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error of Syncline as data: the name of its class, and its arguments."""

    kind: str
    message: str
    code: str
    hint: str

    def as_error(self) -> SynclineError:
        kind = getattr(errors, self.kind, EngineError)
        if not (isinstance(kind, type) and issubclass(kind, _REPORTED)):
            kind = EngineError
        return kind(self.message, code=self.code, hint=self.hint)


@dataclass(frozen=True, slots=True)
class Failure:
    """The result for an item that crashed, hung or raised on every attempt, or that the function refused."""

    reason: str
    refusal: Refusal | None = None
    timed_out: bool = False

    def as_error(self) -> SynclineError:
        if self.refusal is not None:
            return self.refusal.as_error()
        return EngineError(
            f"The transcript could not be processed: {self.reason}.",
            code="text_not_processed",
            hint="Is this really the transcript? If so, break it into words, sentences and lines.",
        )


@dataclass(slots=True)
class _Pending(Generic[Item, Result]):
    item: Item
    future: ProcessFuture[tuple[Result | Failure, float]]
    pool: ProcessPool
    seconds: float | None  # a limit of its own, after which there is no second attempt
    attempts: int = 1
    restarts: int = 0


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


class SandboxedPool:
    """Runs functions in child processes. Several threads may call `run` at once; each gets its own results in order."""

    def __init__(
        self,
        processes: int,
        *,
        task_seconds: float,
        memory_bytes: int = PROCESS_MEMORY_BYTES,
        writable: Sequence[Path] = (),
    ) -> None:
        """The children may write no files but those below `writable`."""
        self.processes = processes
        self._task_seconds = task_seconds
        self._memory_bytes = memory_bytes
        self._writable = [str(path) for path in writable]
        sandbox.protect_parent()
        self._lock = threading.Lock()
        self._closed = False
        # Linux ends a child with the *thread* that started it, and pebble starts its first children in the thread that
        # schedules first. This thread lives as long as the pool.
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pool-starter")
        self._pool = self._start_pool()

    def run(
        self, function: Callable[[Item], Result], items: Iterable[Item], *, seconds: float | None = None
    ) -> Iterator[Result | Failure]:
        """Items are taken only as fast as the caller takes results."""
        waiting: deque[_Pending[Item, Result]] = deque()
        source = iter(items)
        try:
            for item in source:
                waiting.append(self._schedule(function, item, seconds))
                if len(waiting) >= self.processes * TASKS_IN_FLIGHT:
                    settled = self._settle(function, waiting.popleft())
                    yield settled
            while waiting:
                settled = self._settle(function, waiting.popleft())
                yield settled
        finally:
            for pending in waiting:
                pending.future.cancel()  # type: ignore[no-untyped-call]  # pebble has types, but not there

    def close(self) -> None:
        """Stop at once, including the tasks that still run."""
        with self._lock:
            self._closed = True
            _stop(self._pool)
        self._starter.shutdown()

    def __enter__(self) -> SandboxedPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start_pool(self) -> ProcessPool:
        pool = ProcessPool(
            max_workers=self.processes,
            max_tasks=TASKS_PER_PROCESS,
            initializer=start_child,
            initargs=(os.getpid(), self._memory_bytes, self._writable),
            context=CleanSpawnContext(),
        )
        self._starter.submit(pool.schedule, os.getpid).result()
        return pool

    def _schedule(
        self, function: Callable[[Item], Result], item: Item, seconds: float | None
    ) -> _Pending[Item, Result]:
        with self._lock:
            if not self._closed and not self._pool.active:
                # pebble declares the pool broken when a child dies while no task is known to run: an idle child that
                # the kernel ended, or a task that crashed before its start was noted.
                logger.warning("the process pool broke; starting new processes")
                _stop(self._pool)
                self._pool = self._start_pool()
            future = self._pool.schedule(answer_in_child, args=(function, item), timeout=seconds or self._task_seconds)
            return _Pending(item, future, self._pool, seconds)

    def _settle(self, function: Callable[[Item], Result], pending: _Pending[Item, Result]) -> Result | Failure:
        while True:
            try:
                _wait(pending)
                result, cpu_seconds = pending.future.result()
                cpu_time.charge(cpu_seconds)
                if not isinstance(result, Failure) or result.refusal is not None:
                    return result
                reason = result.reason
            except BrokenProcessPool:
                if pending.restarts == RESTARTS:
                    return Failure("its process pool broke")
                again = self._schedule(function, pending.item, pending.seconds)
                pending.future, pending.pool, pending.restarts = again.future, again.pool, pending.restarts + 1
                continue
            except FutureTimeoutError:
                reason = f"took longer than {pending.seconds or self._task_seconds:g} seconds"
                if pending.seconds is not None:
                    return Failure(reason)
            except ProcessExpired as error:
                reason = reason_of_death(error.exitcode, self._memory_bytes)
            if pending.attempts == ATTEMPTS:
                return Failure(reason)
            again = self._schedule(function, pending.item, pending.seconds)
            pending.future, pending.pool, pending.attempts = again.future, again.pool, pending.attempts + 1


def reason_of_death(exit_code: int | None, memory_bytes: int) -> str:
    if exit_code == _OUT_OF_MEMORY:
        return f"needed more than {memory_bytes >> 20} MiB of memory"
    return f"its process died ({_exit_reason(exit_code)})"


def _wait(pending: _Pending[Item, Result]) -> None:
    """A broken pool forgets the tasks that it has not started, so their futures must not be waited for."""
    while not wait([pending.future], timeout=_POLL_SECONDS).done:
        if not pending.pool.active and not pending.future.done():
            raise BrokenProcessPool


def _stop(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]  # pebble has types, but not there
    pool.join()


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
            failure = _failure_of(error)
            if attempt == ATTEMPTS or failure.refusal is not None:
                return failure
    raise AssertionError("unreachable")


def _exit_reason(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return signal.Signals(-exit_code).name
    return f"exit code {exit_code}"


def start_child(parent: int, memory_bytes: int, writable: list[str]) -> None:
    """Prepare a new child. It ends with the worker, even if it hangs in native code."""
    exit_with_parent(parent)
    # When the container runs out of memory, the kernel should end one child and not the worker with all of its jobs.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("800")
    if sys.platform == "linux":  # macOS takes the limit and ignores it
        _allocate_blas_buffers()
        _limit_memory(memory_bytes)
    sandbox.limit_resources({"RLIMIT_CORE": 0})
    sandbox.protect_parent()  # from the other children
    sandbox.confine(writable=writable, parent=parent)


def _allocate_blas_buffers() -> None:
    """Allocate them before the limit: OpenBLAS exits without a reason when it cannot allocate them later."""
    square = np.ones((256, 256), np.float32)
    np.matmul(square, square)


def _limit_memory(most: int) -> None:
    """Limit private writable memory. RLIMIT_AS would also count mapped libraries and models, which all children share
    and whose size differs between builds of numpy."""
    hardest = resource.getrlimit(resource.RLIMIT_DATA)[1]
    most = most if hardest == resource.RLIM_INFINITY else min(most, hardest)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def answer_in_child(function: Callable[[Item], Result], item: Item) -> tuple[Result | Failure, float]:
    """An exception becomes a Failure here, because the parent accepts only data."""
    began = time.process_time()
    try:
        return function(item), time.process_time() - began
    except MemoryError:
        os._exit(_OUT_OF_MEMORY)  # The heap may be damaged, so the second attempt gets a new process.
    except Exception as error:
        return _failure_of(error), time.process_time() - began


def _failure_of(error: Exception) -> Failure:
    if isinstance(error, SynclineError):
        return Failure(str(error), Refusal(type(error).__name__, error.message, error.code, error.hint))
    return Failure(f"{type(error).__name__}: {error}")
