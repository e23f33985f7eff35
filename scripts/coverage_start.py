"""Measure the coverage of the process that calls `start`. scripts/measure_coverage.py makes every Python process of
.venv call it first.

coverage's own support for child processes needs an environment variable when a process starts and a writable folder
when it ends. The children that process uploads have neither: their environment is clean, and their sandbox denies new
files. So this file opens the data file before the sandbox does. It appends what was measured every second, because the
tests kill many processes, and at the end. `last_snapshot` reads the file.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from coverage import Coverage

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("syncline", "lambdas", "worker")
SNAPSHOT_SECONDS = 1.0
_LENGTH = struct.Struct(">Q")
# A process that measures nothing, or imports the packages late, is as it should be.
_EXPECTED_WARNINGS = ["no-data-collected", "module-not-imported", "module-not-measured", "already-imported"]


class _Measurement:
    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._written = b""
        self.begin_file()
        os.register_at_fork(after_in_child=self.begin_file)
        self._coverage = Coverage(
            data_file=None, config_file=str(ROOT / "pyproject.toml"), source=[str(ROOT / name) for name in SOURCES]
        )
        self._coverage.set_option("run:disable_warnings", _EXPECTED_WARNINGS)
        self._coverage.start()

    def save(self) -> None:
        with self._lock:
            data = self._coverage.get_data().dumps()
            if data == self._written:
                return
            self._written = data
            os.write(self._descriptor, _LENGTH.pack(len(data)) + data)

    def save_every_second(self) -> None:
        pause = threading.Event()
        while not pause.wait(SNAPSHOT_SECONDS):
            with contextlib.suppress(MemoryError):  # the limit of a confined child
                self.save()

    def begin_file(self) -> None:
        self._descriptor = tempfile.mkstemp(dir=self._folder, prefix="process-")[0]
        self._lock = threading.RLock()  # reentrant, because a signal may come while its thread saves


def start(folder: str) -> None:
    measurement = _Measurement(folder)

    def save_before(leave: Callable[..., NoReturn]) -> Callable[..., NoReturn]:
        def save_and_leave(*arguments: Any) -> NoReturn:
            with contextlib.suppress(MemoryError):  # a child that was refused memory reports it with its exit code
                measurement.save()
            leave(*arguments)

        return save_and_leave

    def save_and_die(number: int, frame: FrameType | None) -> None:
        measurement.save()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    threading.Thread(target=measurement.save_every_second, name="coverage", daemon=True).start()
    atexit.register(measurement.save)
    signal.signal(signal.SIGTERM, save_and_die)  # until the program sets a handler of its own
    for name in ("_exit", "execv", "execve"):  # atexit does not run then
        setattr(os, name, save_before(getattr(os, name)))
    _start_programs_with_site_packages()


def _start_programs_with_site_packages() -> None:
    """Python with -S, as the launcher of confined programs starts it, would not execute the .pth file."""
    begin = subprocess.Popen.__init__

    def begin_measured(process: Any, args: Any, *more: Any, **options: Any) -> None:
        if isinstance(args, list) and args[:3] == [sys.executable, "-I", "-S"]:
            args = [*args[:2], *args[3:]]
        begin(process, args, *more, **options)

    subprocess.Popen.__init__ = begin_measured  # type: ignore[method-assign]


def last_snapshot(file: Path) -> bytes | None:
    """The last complete snapshot in the file of a process."""
    content, found, position = file.read_bytes(), None, 0
    while len(content) >= position + _LENGTH.size:
        begin = position + _LENGTH.size
        position = begin + _LENGTH.unpack_from(content, position)[0]
        if position <= len(content):
            found = content[begin:position]
    return found
