from __future__ import annotations

import multiprocessing
import os
import tempfile
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from syncline.processes.temporary_folder import LOCK_NAME, WORKER_PREFIX, own_folder, remove_leftovers


@pytest.fixture
def parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_temporary_files_are_in_the_folder_and_removed_with_it(parent: Path) -> None:
    with own_folder() as folder:
        assert Path(tempfile.mkdtemp()).parent == folder
        assert folder.parent == parent

    assert not list(parent.iterdir())
    assert tempfile.gettempdir() == str(parent)


def _live(parent: str, ready: Event, end: Event) -> None:
    tempfile.tempdir = parent
    with own_folder():
        ready.set()
        end.wait(30)


def test_only_the_folder_of_a_dead_worker_is_removed(parent: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready, end = context.Event(), context.Event()
    worker = context.Process(target=_live, args=(str(parent), ready, end))
    worker.start()
    assert ready.wait(20)
    (folder,) = parent.glob(f"{WORKER_PREFIX}*")

    remove_leftovers(parent)
    assert folder.exists()

    worker.kill()
    worker.join()
    assert folder.exists()
    remove_leftovers(parent)
    assert not folder.exists()


def test_an_old_folder_without_a_lock_is_removed(parent: Path) -> None:
    fresh, old = parent / f"{WORKER_PREFIX}fresh", parent / f"{WORKER_PREFIX}old"
    for folder in (fresh, old):
        folder.mkdir()
    os.utime(old, (1, 1))

    remove_leftovers(parent)

    assert fresh.exists()
    assert not old.exists()
    assert not (fresh / LOCK_NAME).exists()
