"""Keep the temporary files of a program in one folder, and remove it however the program ends."""

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

WORKER_PREFIX, COMMAND_PREFIX = "syncline-worker-", "syncline-command-"
LOCK_NAME = "lock"
START_SECONDS = 60.0


@contextlib.contextmanager
def own_folder(prefix: str = WORKER_PREFIX) -> Iterator[Path]:
    """A locked folder for all temporary files of this process."""
    before = tempfile.tempdir
    with locked_folder(prefix) as folder:
        tempfile.tempdir = str(folder)
        try:
            yield folder
        finally:
            tempfile.tempdir = before


@contextlib.contextmanager
def locked_folder(prefix: str) -> Iterator[Path]:
    """Create a folder, and remove the folders of dead processes.

    The process holds a lock in its folder. The kernel releases the lock when the process ends, even by SIGKILL, so a
    folder whose lock is free belongs to a dead process.
    """
    parent = Path(tempfile.gettempdir())
    remove_leftovers(parent, prefix)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    lock = os.open(folder / LOCK_NAME, os.O_CREAT | os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def remove_leftovers(parent: Path, prefix: str = WORKER_PREFIX) -> None:
    for folder in parent.glob(f"{prefix}*"):
        if folder.is_dir() and _is_abandoned(folder):
            logger.info("removing the folder of a dead process: %s", folder)
            shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    try:
        lock = os.open(folder / LOCK_NAME, os.O_RDWR)
    except FileNotFoundError:  # Another process is creating or removing the folder, or its process died in between.
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
