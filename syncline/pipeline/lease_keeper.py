"""Extend the leases of running jobs, and fail jobs whose time is over.

A lease lasts `lease_seconds` and is extended every third of that. A process that dies stops extending, and another
one takes its jobs over when the leases expire, however long the jobs would still have run.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from syncline.core.errors import StaleRevisionError
from syncline.pipeline import limits
from syncline.pipeline.running_jobs import RunningJob, RunningJobs

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
EXTENSIONS_PER_LEASE = 3
HUNG_AFTER_SECONDS = 120.0  # after its time was over: the job's thread may still notice by itself


class LeaseKeeper:
    """Call `tick` about once a second from one thread, or let `in_background` do so.

    `extend_messages` is called whenever leases are extended: the visibility of the jobs' messages lasts as long as a
    lease. `on_timeout` is called with each job that the keeper failed; its thread may still run.
    """

    def __init__(
        self,
        running: RunningJobs,
        *,
        lease_seconds: float,
        extend_messages: Callable[[], None],
        on_timeout: Callable[[RunningJob], None] = lambda job: None,
        hung_after_seconds: float = HUNG_AFTER_SECONDS,
    ) -> None:
        self._running = running
        self._lease_seconds = lease_seconds
        self._extend_messages = extend_messages
        self._on_timeout = on_timeout
        self._hung_after_seconds = hung_after_seconds
        self._next_extension = 0.0

    def tick(self, now: float) -> None:
        if now >= self._next_extension:
            self._next_extension = now + self._lease_seconds / EXTENSIONS_PER_LEASE
            self._extend_leases()
            self._extend_messages()
        self._fail_overdue_jobs(now)

    def has_hung_jobs(self, now: float) -> bool:
        """Whether a thread still runs a job long after the job's time was over. A thread cannot be ended."""
        return any(
            job.timed_out_at is not None and now - job.timed_out_at > self._hung_after_seconds for job in self._running
        )

    @contextmanager
    def in_background(self, *, tick_seconds: float = TICK_SECONDS) -> Iterator[None]:
        """Tick in a thread until the block ends."""
        stopped = threading.Event()
        thread = threading.Thread(target=self._run, args=(stopped, tick_seconds), name="lease-keeper", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stopped.set()
            thread.join()

    def _run(self, stopped: threading.Event, tick_seconds: float) -> None:
        while not stopped.wait(tick_seconds):
            try:
                self.tick(time.monotonic())
            except Exception:  # the other jobs need the next tick
                logger.exception("a tick of the lease keeper failed")

    def _extend_leases(self) -> None:
        for job in self._running:
            if not job.claim.ended:  # two extensions may fail before the lease expires
                _write(job, job.claim.extend, failure="could not extend a lease")

    def _fail_overdue_jobs(self, now: float) -> None:
        for job in self._running:
            if job.timed_out_at is None and job.is_overdue(now) and not job.claim.ended:
                self._fail(job, now)

    def _fail(self, job: RunningJob, now: float) -> None:
        """Write the failure here: the job's own thread may hang."""
        logger.warning("time limit exceeded", extra={"job_id": job.job_id})
        error = limits.time_limit_error(job.seconds_allowed)
        if _write(job, lambda: job.claim.fail(error), failure="could not fail a job"):
            job.timed_out_at = now
            self._on_timeout(job)


def _write(job: RunningJob, write: Callable[[], object], *, failure: str) -> bool:
    """Whether the write succeeded. The next tick tries again, unless another process has the job."""
    try:
        write()
    except StaleRevisionError as stale:
        logger.info("lease lost: %s", stale.message, extra={"job_id": job.job_id})
    except Exception as error:
        logger.warning("%s: %s", failure, error, extra={"job_id": job.job_id})
    else:
        return True
    return False
