"""A child process that runs functions. It is confined, and connected to its parent by two pipes.

The child starts with a clean environment. Removing variables in the child would not be enough: their values stay in its
memory, and in /proc/self/environ. It does not import the main module of the parent, so the functions that it runs are
in other modules. The parent receives only data from it (see results).

multiprocessing is of no use here: it passes the whole environment, leaves a process behind, and needs POSIX semaphores,
which AWS Lambda does not have.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from syncline.processes import sandbox
from syncline.processes.matrix_kernels import kernel_variables
from syncline.processes.outcomes import Failure, failure_of
from syncline.processes.parent_death import exit_with_parent
from syncline.processes.results import ResultConnection

# numpy's threads slow each other down on small matrices, and a pool has one process per core.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
START_SECONDS = 60.0
END_SECONDS = 5.0  # for leaving; then the child is killed
_OUT_OF_MEMORY = 77  # the exit code of a child that was refused memory
# -P: no module comes from the working directory. Ctrl-C is the parent's business.
_PROGRAM = (
    "import json, signal, sys\n"
    "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    "sys.path[:] = json.loads(sys.argv[1])\n"
    "from syncline.processes.child import serve\n"
    "serve(*json.loads(sys.argv[2]))"
)


class Child:
    """The parent's side. Linux ends the child with the thread that created it."""

    def __init__(self, *, memory_bytes: int, writable: Sequence[str] = ()) -> None:
        """The child may write no files but those below `writable`."""
        self.start_seconds = START_SECONDS
        self._memory_bytes = memory_bytes
        child_reads, parent_writes = os.pipe()
        parent_reads, child_writes = os.pipe()
        arguments = [child_reads, child_writes, os.getpid(), memory_bytes, list(writable)]
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _PROGRAM, json.dumps(sys.path), json.dumps(arguments)],
            env=ONE_THREAD | kernel_variables() | sandbox.clean_environment(),
            pass_fds=(child_reads, child_writes),
            stdin=subprocess.DEVNULL,
        )
        os.close(child_reads)
        os.close(child_writes)
        self._requests = Connection(parent_writes, readable=False)
        self._results = ResultConnection(parent_reads, writable=False)
        self._expired = False
        self.calls = 0
        self.busy = False

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def call(self, function: Callable[[Any], Any], item: Any, seconds: float) -> tuple[Any, float]:
        """-> the result or a Failure, and the CPU seconds it took. Raises TimeoutError, and the errors of a child that
        died (EOFError, OSError) or sent what is no data (TypeError, ValueError)."""
        self.calls += 1
        with self._killed_after(self.start_seconds):  # the start of the child, and of the modules of the function
            self._requests.send((function, item))
            self._results.recv()
        with self._killed_after(seconds):
            result, cpu_seconds = self._results.recv()
        self.busy = False
        return result, float(cpu_seconds)

    @contextlib.contextmanager
    def _killed_after(self, seconds: float) -> Iterator[None]:
        """Waiting for a message is not enough: a child may also stop to read, or in the middle of what it sends."""
        timer = threading.Timer(seconds, self._expire)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (EOFError, OSError):
            if self._expired:
                raise TimeoutError from None
            raise
        finally:
            timer.cancel()

    def _expire(self) -> None:
        self._expired = True
        self.kill()

    def kill(self) -> None:
        """Another thread that waits for a result gets EOFError."""
        if self.running:
            self._process.kill()

    def end(self) -> str:
        """Let an idle child leave, or wait for one that crashed or was killed. -> how it ended."""
        self._requests.close()
        try:
            exit_code = self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            exit_code = self._process.wait()
        self._results.close()
        if exit_code == _OUT_OF_MEMORY:
            return f"needed more than {self._memory_bytes >> 20} MiB of memory"
        return f"its process died ({_exit_reason(exit_code)})"


def _exit_reason(exit_code: int) -> str:
    return signal.Signals(-exit_code).name if exit_code < 0 else f"exit code {exit_code}"


def serve(
    requests_descriptor: int, results_descriptor: int, parent: int, memory_bytes: int, writable: list[str]
) -> None:
    """The child's side: answer requests until the parent closes the pipe."""
    _confine(parent, memory_bytes, writable)
    requests = Connection(requests_descriptor, writable=False)
    results = Connection(results_descriptor, readable=False)
    while True:
        try:
            function, item = requests.recv()
        except EOFError:
            return
        except MemoryError:
            os._exit(_OUT_OF_MEMORY)
        results.send("begun")
        results.send(_answer(function, item))


def _confine(parent: int, memory_bytes: int, writable: list[str]) -> None:
    """Prepare this new process. It ends with the parent, even if it hangs in native code."""
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
    import numpy as np

    square = np.ones((256, 256), np.float32)
    np.matmul(square, square)


def _limit_memory(most: int) -> None:
    """Limit private writable memory. RLIMIT_AS would also count mapped libraries and models, which all children share
    and whose size differs between builds of numpy."""
    import resource

    hardest = resource.getrlimit(resource.RLIMIT_DATA)[1]
    most = most if hardest == resource.RLIM_INFINITY else min(most, hardest)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _answer(function: Callable[[Any], Any], item: Any) -> tuple[Any | Failure, float]:
    """An exception becomes a Failure here, because the parent accepts only data."""
    began = time.process_time()
    try:
        return function(item), time.process_time() - began
    except MemoryError:
        os._exit(_OUT_OF_MEMORY)  # The heap may be damaged, so the second attempt gets a new process.
    except Exception as error:
        return failure_of(error), time.process_time() - began
