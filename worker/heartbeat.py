"""What keeps a running job this worker's: its message hidden and its lease extended, as long as it makes sense.

Both last for `lease_seconds` and are renewed at a third of it. A worker that dies stops renewing, and another one
takes over when they run out, however long the job would still have taken.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from syncline.core.errors import StaleRevisionError
from syncline.pipeline import limits
from syncline.pipeline.running_jobs import Running, RunningJob
from worker import liveness
from worker.deliveries import Deliveries
from worker.protection import Protection

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
BEATS_PER_LEASE = 3
SIGN_OF_LIFE_SECONDS = 5.0
HANGS_AFTER_SECONDS = 120.0  # since its time was up: until then it may still notice by itself
DEAF_AFTER_TICKS = 60  # counted, not measured: a frozen process that wakes up again has missed nothing


class Heartbeat:
    """`listening` says whether the consumer does its part: a worker that is deaf is as good as dead, and the
    container's health check should find out. `give_up` ends this worker in an orderly way."""

    def __init__(
        self,
        deliveries: Deliveries,
        running: Running,
        protection: Protection,
        *,
        lease_seconds: int,
        listening: Callable[[], bool],
        give_up: Callable[[str], None],
    ) -> None:
        self._deliveries = deliveries
        self._running = running
        self._protection = protection
        self._lease_seconds = lease_seconds
        self._listening = listening
        self._give_up = give_up
        self._stopped = threading.Event()
        self._deaf_ticks = 0

    def start(self) -> None:
        threading.Thread(target=self._run, name="heartbeat", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _run(self) -> None:
        next_beat = next_sign = 0.0
        while not self._stopped.wait(TICK_SECONDS):
            now = time.monotonic()
            try:
                if now >= next_beat:
                    next_beat = now + self._lease_seconds / BEATS_PER_LEASE
                    self.beat()
                self._check_time(now)
                if self._hears() and now >= next_sign:
                    next_sign = now + SIGN_OF_LIFE_SECONDS
                    liveness.touch()
                self._protection.set(len(self._running) > 0)
            except Exception:  # whatever it was, the other jobs need the next beat
                logger.exception("a heartbeat failed")

    def _hears(self) -> bool:
        listening = self._listening()
        self._deaf_ticks = 0 if listening else self._deaf_ticks + 1
        if self._deaf_ticks >= DEAF_AFTER_TICKS:
            self._give_up("it no longer asks for messages")
        return listening

    def beat(self) -> None:
        self._deliveries.extend(seconds=self._lease_seconds)
        for job in self._running.jobs():
            if not job.claim.over:
                self._extend(job)

    def _extend(self, job: RunningJob) -> None:
        try:
            job.claim.extend()
        except StaleRevisionError as stale:
            logger.info("no longer ours: %s", stale.message, extra={"job_id": job.claim.job.job_id})
        except Exception as error:  # the next beat tries again; two may fail before the lease runs out
            logger.warning("could not extend a lease: %s", error, extra={"job_id": job.claim.job.job_id})

    def _check_time(self, now: float) -> None:
        for job in self._running.jobs():
            if job.ended_for_time is not None:
                if now - job.ended_for_time > HANGS_AFTER_SECONDS:
                    self._give_up("a job hangs, and its thread cannot be ended")
            elif job.out_of_time(now=now) and not job.claim.over:
                self._end(job, now)

    def _end(self, job: RunningJob, now: float) -> None:
        """The thread may hang: the record is written here, and the message goes to whoever tells the rest."""
        logger.warning("out of time", extra={"job_id": job.claim.job.job_id})
        job.claim.fail(limits.out_of_time(job.seconds_allowed))
        job.ended_for_time = now
        self._deliveries.abandon(job.delivery)
