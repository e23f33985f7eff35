"""A multiprocessing context for children that may be compromised: they start with a clean environment, and the parent
receives only data from them.

multiprocessing always passes the whole environment of the parent. Removing variables in the child is not enough: their
values stay in its memory, and in /proc/self/environ. The children do not import the main module of the parent, so the
functions that they run are in other modules.
"""

from __future__ import annotations

import io
import os
import sys
from functools import cache
from multiprocessing import context, popen_spawn_posix, reduction, resource_tracker, spawn, util
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from syncline.processes.matrix_kernels import kernel_variables
from syncline.processes.results import ResultConnection
from syncline.processes.sandbox import clean_environment

# numpy's threads slow each other down on small matrices, and a pool has one process per core.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

# If the pool is closed while a child starts, its semaphores are gone, and the child would print a traceback.
_QUIET_START = "from contextlib import suppress\nwith suppress(FileNotFoundError, EOFError):\n    "


class _Popen(popen_spawn_posix.Popen):
    """The standard class, but for `env` and the way to pass descriptors."""

    _fds: list[int]

    def _launch(self, process_obj: BaseProcess) -> None:
        _end_tracker_with_this_process()
        tracker_fd = resource_tracker.getfd()
        message = io.BytesIO()
        context.set_spawning_popen(self)
        try:
            reduction.dump(_preparation(process_obj.name), message)
            reduction.dump(process_obj, message)
        finally:
            context.set_spawning_popen(None)
        parent_r, child_w = os.pipe()
        child_r, parent_w = os.pipe()
        try:
            arguments = spawn.get_command_line(tracker_fd=tracker_fd, pipe_handle=child_r)
            program = arguments.index("-c") + 1
            arguments[program] = _QUIET_START + arguments[program]
            passed = sorted({*self._fds, child_r, child_w} | ({tracker_fd} if tracker_fd else set()))
            # Duplicating a descriptor onto itself makes the child inherit it.
            actions = [(os.POSIX_SPAWN_DUP2, descriptor, descriptor) for descriptor in passed]
            environment = ONE_THREAD | kernel_variables() | clean_environment()
            self.pid = os.posix_spawn(sys.executable, arguments, environment, file_actions=actions)
            self.sentinel = parent_r
            with open(parent_w, "wb", closefd=False) as pipe:
                pipe.write(message.getbuffer())
        finally:
            self.finalizer = util.Finalize(self, _close, (parent_r, parent_w))
            os.close(child_r)
            os.close(child_w)


def _preparation(name: str) -> dict[str, Any]:
    """Without the main module: a script that has no `if __name__ == "__main__"` would run again in every child.

    Also without the working directory, which a child inherits, and which may be gone.
    """
    data = spawn.get_preparation_data(name)
    return {key: value for key, value in data.items() if key != "dir" and not key.startswith("init_main")}


@cache
def _end_tracker_with_this_process() -> None:
    """multiprocessing's tracker of semaphores otherwise ends a moment after this process and so outlives a command."""
    tracker = resource_tracker._resource_tracker
    if tracker._pid is None:  # type: ignore[attr-defined]  # it is the one of the process that started this one
        return
    # Finalizers with a lower priority run later, and those of the semaphores have 0.
    util.Finalize(None, tracker._stop, exitpriority=-1)  # type: ignore[attr-defined]


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


class _Process(context.SpawnProcess):
    @staticmethod
    def _Popen(process_obj: BaseProcess) -> _Popen:
        return _Popen(process_obj)


class CleanSpawnContext(context.SpawnContext):
    Process = _Process

    def Pipe(self, duplex: bool = True) -> tuple[Connection, Connection]:
        reader, writer = super().Pipe(duplex)
        with reader:
            return ResultConnection(os.dup(reader.fileno()), readable=True, writable=duplex), writer
