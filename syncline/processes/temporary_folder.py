"""The one folder that a worker puts its files in, gone when it ends, however it ends."""

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
    """A new folder, which all temporary files of this process go to; what dead workers left is removed first.

    A lock tells the dead from the living: the kernel lets go of it when a process ends, even by SIGKILL.
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
            logger.info("removing what a dead worker left: %s", folder)
            shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    try:
        lock = os.open(folder / LOCK_NAME, os.O_RDWR)
    except FileNotFoundError:  # being made, or removed, right now; or its worker died in between
        return _older_than_a_start(folder)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(lock)
    return True


def _older_than_a_start(folder: Path) -> bool:
    try:
        return time.time() - folder.stat().st_mtime > START_SECONDS
    except OSError:
        return False
