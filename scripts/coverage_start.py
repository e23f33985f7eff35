"""Measure the coverage of the process that calls `start`. scripts/measure_coverage.py makes every Python process of
.venv call it first.

coverage's own support for child processes needs an environment variable when a process starts and a writable folder
when it ends. The children that process uploads have neither: their environment is clean, and their sandbox denies new
files. So this file opens the data file before the sandbox does, keeps the data in memory, and writes it at the end. A
process that is killed leaves an empty file.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import tempfile
from pathlib import Path
from typing import NoReturn

from coverage import Coverage

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("syncline", "lambdas", "worker")
# A process that measures nothing, or imports the packages late, is as it should be.
_EXPECTED_WARNINGS = ["no-data-collected", "module-not-imported", "module-not-measured", "already-imported"]


class _Measurement:
    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._owner = os.getpid()
        self._descriptor = self._new_file()
        self._coverage = Coverage(
            data_file=None, config_file=str(ROOT / "pyproject.toml"), source=[str(ROOT / name) for name in SOURCES]
        )
        self._coverage.set_option("run:disable_warnings", _EXPECTED_WARNINGS)
        self._saved = False
        self._coverage.start()

    def save(self) -> None:
        if self._saved:
            return
        self._saved = True
        self._coverage.stop()
        if os.getpid() != self._owner:  # a fork, which must leave the file to its parent
            self._descriptor = self._new_file()
        data = self._coverage.get_data().dumps()
        while data:
            data = data[os.write(self._descriptor, data) :]

    def _new_file(self) -> int:
        return tempfile.mkstemp(dir=self._folder, prefix="process-")[0]


def start(folder: str) -> None:
    measurement = _Measurement(folder)
    leave = os._exit

    def save_and_leave(status: int) -> NoReturn:
        with contextlib.suppress(MemoryError):  # a child that was refused memory reports it with its exit code
            measurement.save()
        leave(status)

    atexit.register(measurement.save)
    os._exit = save_and_leave  # type: ignore[assignment]  # atexit does not run then
