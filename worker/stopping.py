"""SIGTERM and SIGINT: nothing new, finish what can be finished in time, hand back the rest, so that another
worker continues in seconds.

    signal      no message is received any more; one that is on its way goes back at once
    meanwhile   running jobs go on, heartbeat and all
    all done    the process ends
    time is up  leases are released, messages are visible again, the process ends, and its children with it
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

from celery.worker import state

from syncline.pipeline import metrics
from syncline.pipeline.running_jobs import Running
from worker.deliveries import Deliveries
from worker.receiver import Receiver

logger = logging.getLogger(__name__)

# Of the time until whoever sent the signal kills us: for handing back.
HAND_BACK_SECONDS = 5.0
OK, DISTURBED = 0, 1


class Stop:
    def __init__(
        self, deliveries: Deliveries, receiver: Receiver, running: Running, *, stop_seconds: float, folder: Path
    ) -> None:
        self._deliveries = deliveries
        self._receiver = receiver
        self._running = running
        self._seconds = max(stop_seconds / 2, stop_seconds - HAND_BACK_SECONDS)
        self._folder = folder
        self._asked = threading.Event()
        self._hurry = threading.Event()
        self._exit_code = OK

    def listen(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        threading.Thread(target=self._supervise, name="stop", daemon=True).start()

    def give_up(self, reason: str) -> None:
        """Stop as if told to, because this process is no longer of use; a fresh one is started in its place."""
        if not self._asked.is_set():
            logger.error("stopping: %s", reason)
            self._exit_code = DISTURBED
            self._asked.set()

    @property
    def exit_code(self) -> int:
        return self._exit_code

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        """Sets two flags and nothing else: the thread that it interrupts may hold any lock."""
        if self._asked.is_set() and number == signal.SIGINT:  # Ctrl-C again: somebody does not want to wait
            self._hurry.set()
        self._asked.set()

    def _supervise(self) -> None:
        self._asked.wait()
        deadline = time.monotonic() + self._seconds
        logger.info("stopping: %d jobs are running", len(self._running))
        self._deliveries.close()
        self._give_back_waiting()
        state.should_stop = OK  # Celery's consumer looks at this between two messages
        self._hurry.wait(max(0.0, deadline - time.monotonic()))
        self._hand_back()
        shutil.rmtree(self._folder, ignore_errors=True)
        os._exit(self._exit_code)  # threads cannot be ended; children end with us

    def _give_back_waiting(self) -> None:
        while not self._receiver.ready.empty():
            self._deliveries.later(self._receiver.ready.get_nowait(), seconds=0)

    def _hand_back(self) -> None:
        for job in self._running.jobs():
            logger.info("handed back", extra={"job_id": job.claim.job.job_id})
            with suppress(Exception):  # each on its own: the next one may succeed
                metrics.job_handed_back(job.claim.release(attempt_counts=False))
        self._deliveries.give_back()
