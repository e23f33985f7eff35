"""Starts a worker: one process that holds Celery, and the alignment processes that all of its jobs share."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path

from syncline.deployment import connect
from syncline.settings import Settings
from worker import liveness
from worker.app import make_app
from worker.pool import AlignmentPool
from worker.services import WINDOW_SECONDS_AT_MOST, Services

SIGN_OF_LIFE_SECONDS = 5.0
LONG_POLL_SECONDS = 20


def run(settings: Settings, *, wait_seconds: int = LONG_POLL_SECONDS) -> None:
    """Works until it is told to stop (SIGTERM or SIGINT)."""
    processes = settings.processes or usable_cores()
    with (
        tempfile.TemporaryDirectory(prefix="syncline-worker-") as folder,
        AlignmentPool(processes, task_seconds=WINDOW_SECONDS_AT_MOST) as pool,
    ):
        services = Services(connect(settings), pool, Path(folder))
        app = make_app(settings, services, wait_seconds=wait_seconds)
        worker = app.Worker(
            pool="threads",
            concurrency=settings.slots,
            queues=["live", "bulk"],
            loglevel="INFO",
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            optimization="fair",
        )
        threading.Thread(target=_show_life, name="liveness", daemon=True).start()
        worker.start()


def usable_cores() -> int:
    """Those this process may run on; inside a container the scheduler's set, not the machine's."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _show_life() -> None:
    pause = threading.Event()
    while not pause.wait(SIGN_OF_LIFE_SECONDS):
        liveness.touch()
