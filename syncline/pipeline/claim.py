"""A job in the hands of this worker: the lease on its record, and the only way to write to it.

Every write is fenced: it succeeds only while the record still has the revision and the lease owner that were
claimed. When a newer upload or another worker has taken over, StaleRevisionError ends the work here.
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

from syncline.aws.store import JobStore, WriteConflictError
from syncline.core import transitions
from syncline.core.errors import StaleRevisionError, SynclineError
from syncline.core.job import Job, Result, State
from syncline.core.timestamps import parse_timestamp

logger = logging.getLogger(__name__)

CONFLICT_TRIES = 8
SECONDS_BETWEEN_PROGRESS_WRITES = 2.0
CONFIRMED_FOR_SECONDS = 2.0


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class NothingToDo:
    """No record, another revision, or finished (then `job` is the record): the message has served."""

    job: Job | None = None


@dataclass(frozen=True, slots=True)
class Busy:
    """Another worker holds the lease: the message must stay, in case that worker dies."""

    seconds: float


class Claim:
    """Of one worker on one revision of one job. The heartbeat and the job's own thread share it."""

    def __init__(self, store: JobStore, job: Job, *, lease_seconds: float) -> None:
        self._store = store
        self._job = job
        self._lease_seconds = lease_seconds
        self._lock = threading.Lock()
        self._written_at = time.monotonic()
        self._leased_until = self._written_at + lease_seconds / 2  # the write that took it was some calls ago
        self._tried_at = self._written_at
        self._unwritten: tuple[str, float] | None = None
        self._over: StaleRevisionError | None = None

    @property
    def job(self) -> Job:
        return self._job

    @property
    def over(self) -> bool:
        """Whether nothing more can be written: the job ended, was handed back, or was taken over."""
        return self._over is not None

    def extend(self) -> None:
        began = time.monotonic()
        self._write(lambda job: transitions.extended(job, lease_seconds=self._lease_seconds, now=utc_now()))
        self._leased_until = began + self._lease_seconds

    def confirm(self) -> None:
        """Make sure that the job is still ours, unless a write has just shown it: a process can be stopped anywhere."""
        if time.monotonic() - self._written_at > CONFIRMED_FOR_SECONDS:
            self.extend()

    def progress(self, stage: str, fraction: float) -> None:
        """Written now and then, and with every other write: each costs money and some milliseconds. That AWS
        cannot be reached is no reason to stop working, as long as the lease lasts."""
        if self._over:
            raise self._over
        self._unwritten = (stage, fraction)
        if time.monotonic() - max(self._written_at, self._tried_at) < SECONDS_BETWEEN_PROGRESS_WRITES:
            return
        self._tried_at = time.monotonic()
        try:
            self._write(lambda job: job)
        except (ClientError, BotoCoreError) as error:
            if time.monotonic() > self._leased_until:
                raise
            logger.warning("progress could not be written: %s", error)

    def succeed(self, results: tuple[Result, ...], stats: Mapping[str, Any], warnings: tuple[str, ...]) -> Job:
        return self._end(
            lambda job: transitions.succeeded(job, results=results, stats=stats, warnings=warnings, now=utc_now())
        )

    def fail(self, error: SynclineError, results: tuple[Result, ...] = ()) -> Job:
        """`results` are those that were finished before, and stay of use."""
        return self._end(lambda job: transitions.failed(job, error, results=results, now=utc_now()))

    def release(self, *, attempt_counts: bool = True) -> Job:
        """Handed back unfinished: whoever gets the message next may start at once."""
        return self._end(lambda job: transitions.released(job, now=utc_now(), attempt_counts=attempt_counts))

    def _end(self, move: Callable[[Job], Job]) -> Job:
        job = self._write(move)
        self._over = StaleRevisionError(f"Job {job.job_id} is no longer in this worker's hands.")
        return job

    def _write(self, move: Callable[[Job], Job]) -> Job:
        with self._lock:
            for _ in range(CONFLICT_TRIES):
                if self._over:
                    raise self._over
                written = move(self._with_progress())
                try:
                    self._job = self._store.put(written)
                except WriteConflictError:
                    self._job, lost_answer = self._read_again(written)
                    if not lost_answer:
                        continue
                self._written_at, self._unwritten = time.monotonic(), None
                return self._job
        raise StaleRevisionError(f"The record of job {self._job.job_id} kept changing.")

    def _with_progress(self) -> Job:
        if self._unwritten is None:
            return self._job
        stage, fraction = self._unwritten
        return transitions.progressed(self._job, stage=stage, progress=fraction, now=utc_now())

    def _read_again(self, written: Job) -> tuple[Job, bool]:
        """-> the record as it is now, and whether it is what we just wrote: an answer can get lost on its way."""
        current = self._store.get(self._job.job_id)
        if current is not None and _same_write(current, written):
            return current, True
        ours = self._job.lease.owner if self._job.lease else None
        if (
            current is None
            or current.revision != self._job.revision
            or not current.lease
            or current.lease.owner != ours
        ):
            self._over = StaleRevisionError(f"Job {self._job.job_id} has moved on without this worker.")
            raise self._over
        return current, False


def _same_write(current: Job, written: Job) -> bool:
    """Nobody else writes this version, at this millisecond, with this outcome."""
    return (
        current.version == written.version + 1
        and current.updated_at == written.updated_at
        and (current.state, current.revision, current.lease) == (written.state, written.revision, written.lease)
    )


@dataclass(frozen=True, slots=True)
class Claims:
    """Takes leases in the name of one worker."""

    store: JobStore
    worker: str
    lease_seconds: float

    def take(self, job_id: str, revision: str) -> Claim | NothingToDo | Busy:
        owner = f"{self.worker}/{uuid.uuid4().hex[:8]}"
        for _ in range(CONFLICT_TRIES):
            job = self.store.get(job_id)
            if job is None or job.revision != revision:
                return NothingToDo()
            if job.state not in (State.QUEUED, State.RUNNING):
                return NothingToDo(job)
            if job.lease and job.lease.owner == owner:  # our own write, whose answer was lost on the way
                return Claim(self.store, job, lease_seconds=self.lease_seconds)
            if not transitions.may_start(job, revision, now=utc_now()):
                return Busy(self._seconds_left(job))
            try:
                taken = transitions.started(job, owner=owner, lease_seconds=self.lease_seconds, now=utc_now())
                return Claim(self.store, self.store.put(taken), lease_seconds=self.lease_seconds)
            except WriteConflictError:
                continue
        return Busy(1.0)

    def _seconds_left(self, job: Job) -> float:
        if job.lease is None:
            return 0.0
        return (parse_timestamp(job.lease.until) - utc_now()).total_seconds()
