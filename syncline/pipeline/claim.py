"""Claim a job by writing a lease into its record, and write to the record of a claimed job.

Every write is fenced: it succeeds only while the record still has the revision and the lease owner that were
claimed. After a newer upload or another worker has taken over, every write raises StaleRevisionError.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from syncline.aws.store import RecordStore, WriteConflictError
from syncline.core import transitions
from syncline.core.errors import StaleRevisionError, SynclineError, TransientError
from syncline.core.job import Job, Result, State
from syncline.core.timestamps import parse_timestamp

logger = logging.getLogger(__name__)

PROGRESS_INTERVAL_SECONDS = 2.0
CONFIRMED_FOR_SECONDS = 2.0


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class NothingToDo:
    """The job has no record, has another revision, or is finished; then `job` is its record."""

    job: Job | None = None


@dataclass(frozen=True, slots=True)
class Busy:
    """Another worker holds the lease for so many seconds more. It may die, so the message has to stay."""

    seconds: float


class Claim:
    """The lease of one worker on one revision of one job. The lease keeper and the job's own thread share it."""

    def __init__(
        self,
        store: RecordStore,
        job: Job,
        *,
        lease_seconds: float,
        progress_interval_seconds: float = PROGRESS_INTERVAL_SECONDS,
    ) -> None:
        self._store = store
        self._job = job
        self._lease_seconds = lease_seconds
        self._progress_interval_seconds = progress_interval_seconds
        self._lock = threading.Lock()
        self._written_at = time.monotonic()
        self._leased_until = self._written_at + lease_seconds / 2  # the lease was written some calls ago
        self._tried_at = self._written_at
        self._unwritten: tuple[str, float] | None = None
        self._ended_by: StaleRevisionError | None = None

    @property
    def job(self) -> Job:
        return self._job

    @property
    def ended(self) -> bool:
        """Whether nothing more can be written: the job is final, was handed back, or was taken over."""
        return self._ended_by is not None

    def extend(self) -> None:
        began = time.monotonic()
        self._write(lambda job: transitions.extended(job, lease_seconds=self._lease_seconds, now=utc_now()))
        self._leased_until = began + self._lease_seconds

    def confirm(self) -> None:
        """Check the claim with a write, unless a write succeeded just before: a process can be frozen anywhere."""
        if time.monotonic() - self._written_at > CONFIRMED_FOR_SECONDS:
            self.extend()

    def progress(self, stage: str, fraction: float) -> None:
        """Write the progress at intervals and with every other write: each write costs money and milliseconds. While
        the lease lasts, a write that fails because AWS cannot be reached does not stop the job."""
        if self._ended_by:
            raise self._ended_by
        self._unwritten = (stage, fraction)
        if time.monotonic() - max(self._written_at, self._tried_at) < self._progress_interval_seconds:
            return
        self._tried_at = time.monotonic()
        try:
            self._write(lambda job: job)
        except (ClientError, BotoCoreError, TransientError) as error:
            if time.monotonic() > self._leased_until:
                raise
            logger.warning("could not write progress: %s", error)

    def succeed(self, results: tuple[Result, ...], stats: Mapping[str, Any], warnings: tuple[str, ...]) -> Job:
        return self._end(
            lambda job: transitions.succeeded(job, results=results, stats=stats, warnings=warnings, now=utc_now())
        )

    def fail(self, error: SynclineError, results: tuple[Result, ...] = ()) -> Job:
        """`results` were finished before the failure."""
        return self._end(lambda job: transitions.failed(job, error, results=results, now=utc_now()))

    def release(self, *, attempt_counts: bool = True) -> Job:
        """Hand the job back unfinished: another worker may claim it at once."""
        return self._end(lambda job: transitions.released(job, now=utc_now(), attempt_counts=attempt_counts))

    def _end(self, change: Callable[[Job], Job]) -> Job:
        return self._write(change, ends=True)

    def _write(self, change: Callable[[Job], Job], *, ends: bool = False) -> Job:
        with self._lock:
            if self._ended_by:
                raise self._ended_by
            try:  # without reading first: other processes rarely write to a claimed job
                self._job = self._store.put(change(self._with_progress(self._job)))
            except WriteConflictError:
                self._job = self._update(change)
            self._written_at, self._unwritten = time.monotonic(), None
            if ends:
                self._ended_by = StaleRevisionError(f"Job {self._job.job_id} is no longer claimed by this worker.")
            return self._job

    def _update(self, change: Callable[[Job], Job]) -> Job:
        """Read the record again, and write to it if the claim still holds."""

        def decide(current: Job | None) -> Job:
            if current is None or not self._holds(current):
                self._ended_by = StaleRevisionError(f"Job {self._job.job_id} was changed or taken over.")
                raise self._ended_by
            return change(self._with_progress(current))

        found, written = self._store.update(self._job.job_id, decide)
        return written or found or self._job

    def _holds(self, current: Job) -> bool:
        owner = self._job.lease.owner if self._job.lease else None
        return current.revision == self._job.revision and current.lease is not None and current.lease.owner == owner

    def _with_progress(self, job: Job) -> Job:
        if self._unwritten is None:
            return job
        stage, fraction = self._unwritten
        return transitions.progressed(job, stage=stage, progress=fraction, now=utc_now())


@dataclass(frozen=True, slots=True)
class Claims:
    """Claims jobs for one worker."""

    store: RecordStore
    worker: str
    lease_seconds: float
    progress_interval_seconds: float = PROGRESS_INTERVAL_SECONDS

    def take(self, job_id: str, revision: str) -> Claim | NothingToDo | Busy:
        owner = f"{self.worker}/{uuid.uuid4().hex[:8]}"

        def decide(job: Job | None) -> Job | None:
            now = utc_now()
            if job is None or not transitions.may_start(job, revision, now=now):
                return None
            return transitions.started(job, owner=owner, lease_seconds=self.lease_seconds, now=now)

        found, claimed = self.store.update(job_id, decide)
        if claimed is not None:
            return self._claim(claimed)
        if found is None or found.revision != revision:
            return NothingToDo()
        if found.state is not State.RUNNING:
            return NothingToDo(found)
        return Busy(self._seconds_left(found))

    def _claim(self, job: Job) -> Claim:
        return Claim(
            self.store,
            job,
            lease_seconds=self.lease_seconds,
            progress_interval_seconds=self.progress_interval_seconds,
        )

    def _seconds_left(self, job: Job) -> float:
        if job.lease is None:
            return 0.0
        return (parse_timestamp(job.lease.until) - utc_now()).total_seconds()
