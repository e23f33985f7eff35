"""Keep a worker's temporary files in one folder, and remove it however the worker ends."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

logger = logging.getLogger(__name__)

PREFIX = "syncline-worker-"
LOCK_NAME = "lock"
START_SECONDS = 60.0


@contextlib.contextmanager
def own_folder() -> Iterator[Path]:
    """Create a folder for all temporary files of this process, and remove the folders of dead workers.

    The worker holds a lock in its folder. The kernel releases the lock when the process ends, even by SIGKILL, so a
    folder whose lock is free belongs to a dead worker.
    """
    before = tempfile.tempdir
    parent = Path(tempfile.gettempdir())
    remove_leftovers(parent)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    lock = os.open(folder / LOCK_NAME, os.O_CREAT | os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    tempfile.tempdir = str(folder)
    try:
        yield folder
    finally:
        tempfile.tempdir = before
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def remove_leftovers(parent: Path) -> None:
    for folder in parent.glob(f"{PREFIX}*"):
        if folder.is_dir() and _is_abandoned(folder):
            logger.info("removing the folder of a dead worker: %s", folder)
            shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    try:
        lock = os.open(folder / LOCK_NAME, os.O_RDWR)
    except FileNotFoundError:  # Another process is creating or removing the folder, or its worker died in between.
        return _is_older_than_a_start(folder)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(lock)
    return True


def _is_older_than_a_start(folder: Path) -> bool:
    try:
        return time.time() - folder.stat().st_mtime > START_SECONDS
    except OSError:
        return False
