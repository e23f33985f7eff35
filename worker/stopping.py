"""Stop on SIGTERM and SIGINT: receive nothing new, finish running jobs in time, hand back the rest.

signal      the worker receives no more messages, and returns those that a poll under way brings
meanwhile   running jobs go on, with their heartbeat
all done    the process ends
time is up  the worker releases leases, makes messages visible and ends, together with its child processes
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
from syncline.pipeline.running_jobs import RunningJobs
from worker.deliveries import InFlightMessages
from worker.receiver import Receiver

logger = logging.getLogger(__name__)

HAND_BACK_SECONDS = 5.0  # the part of the stop time that is kept for handing back, before SIGKILL comes
EXIT_OK, EXIT_FAILED = 0, 1


class Stop:
    """`folder` is the worker's temporary folder, which is deleted at the end."""

    def __init__(
        self,
        in_flight: InFlightMessages,
        receiver: Receiver,
        running: RunningJobs,
        *,
        stop_seconds: float,
        folder: Path,
    ) -> None:
        self._in_flight = in_flight
        self._receiver = receiver
        self._running = running
        self._seconds = max(stop_seconds / 2, stop_seconds - HAND_BACK_SECONDS)
        self._folder = folder
        self._requested = threading.Event()
        self._immediately = threading.Event()
        self._exit_code = EXIT_OK

    def listen(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        threading.Thread(target=self._supervise, name="stop", daemon=True).start()

    def stop_failed_worker(self, reason: str) -> None:
        """Stop as on SIGTERM, because this process no longer works. The exit code asks for a replacement."""
        if not self._requested.is_set():
            logger.error("stopping: %s", reason)
            self._exit_code = EXIT_FAILED
            self._requested.set()

    @property
    def exit_code(self) -> int:
        return self._exit_code

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        """Only set flags: the interrupted thread may hold any lock."""
        if self._requested.is_set() and number == signal.SIGINT:  # a second Ctrl-C: do not wait
            self._immediately.set()
        self._requested.set()

    def _supervise(self) -> None:
        self._requested.wait()
        deadline = time.monotonic() + self._seconds
        logger.info("stopping: %d jobs are running", len(self._running))
        self._in_flight.close()
        self._return_waiting()
        state.should_stop = EXIT_OK  # Celery's consumer reads this between two messages
        self._immediately.wait(max(0.0, deadline - time.monotonic()))
        self._hand_back()
        shutil.rmtree(self._folder, ignore_errors=True)
        os._exit(self._exit_code)  # threads cannot be ended; child processes end with this one

    def _return_waiting(self) -> None:
        while not self._receiver.ready.empty():
            self._in_flight.retry_later(self._receiver.ready.get_nowait(), seconds=0)

    def _hand_back(self) -> None:
        for job in self._running:
            logger.info("handed back", extra={"job_id": job.job_id})
            with suppress(Exception):  # the next job's hand-back may succeed
                metrics.job_handed_back(job.claim.release(attempt_counts=False))
        self._in_flight.return_all()
