"""A job in the hands of this worker: the lease on its record, and the only way to write to it.

Every write is fenced: it succeeds only while the record still has the revision and the lease owner that were
claimed. When a newer upload or another worker has taken over, StaleRevisionError ends the work here.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from syncline import job as jobs
from syncline.errors import StaleRevisionError, SynclineError
from syncline.job import Job, Result, State
from syncline.store import JobStore, WriteConflictError

CONFLICT_TRIES = 8
SECONDS_BETWEEN_PROGRESS_WRITES = 2.0


def utc_now() -> datetime:
    return datetime.now(UTC)


class Refusal(StrEnum):
    """Why a message does not lead to work now."""

    NOTHING_TO_DO = "nothing to do"  # no record, another revision, or finished: the message has served
    BUSY = "busy"  # another worker holds the lease: the message must stay, in case that worker dies


class Claim:
    def __init__(self, store: JobStore, job: Job, *, lease_seconds: float) -> None:
        self._store = store
        self._job = job
        self._lease_seconds = lease_seconds
        self._lock = threading.Lock()  # the heartbeat writes while the job's thread does
        self._last_progress_write = 0.0

    @property
    def job(self) -> Job:
        return self._job

    def extend(self) -> None:
        self._write(lambda job: jobs.extended(job, lease_seconds=self._lease_seconds, now=utc_now()))

    def progress(self, stage: str, fraction: float) -> None:
        """Written when the stage changes, otherwise only now and then: every write costs."""
        now = time.monotonic()
        same_stage = stage == self._job.stage
        if same_stage and now - self._last_progress_write < SECONDS_BETWEEN_PROGRESS_WRITES:
            return
        self._last_progress_write = now
        self._write(lambda job: jobs.progressed(job, stage=stage, progress=fraction, now=utc_now()))

    def succeed(self, results: tuple[Result, ...], stats: Mapping[str, Any], warnings: tuple[str, ...]) -> Job:
        return self._write(
            lambda job: jobs.succeeded(job, results=results, stats=stats, warnings=warnings, now=utc_now())
        )

    def fail(self, error: SynclineError) -> Job:
        return self._write(lambda job: jobs.failed(job, error, now=utc_now()))

    def release(self) -> Job:
        return self._write(lambda job: jobs.released(job, now=utc_now()))

    def _write(self, move: Callable[[Job], Job]) -> Job:
        with self._lock:
            for _ in range(CONFLICT_TRIES):
                try:
                    self._job = self._store.put(move(self._job))
                    return self._job
                except WriteConflictError:
                    self._job = self._read_again()
        raise StaleRevisionError(f"The record of job {self._job.job_id} kept changing.")

    def _read_again(self) -> Job:
        current = self._store.get(self._job.job_id)
        ours = self._job.lease.owner if self._job.lease else None
        if (
            current is None
            or current.revision != self._job.revision
            or not current.lease
            or current.lease.owner != ours
        ):
            raise StaleRevisionError(f"Job {self._job.job_id} was taken over by a newer upload or another worker.")
        return current


@dataclass(frozen=True, slots=True)
class Claims:
    """Takes leases in the name of one worker."""

    store: JobStore
    worker: str
    lease_seconds: float

    def take(self, job_id: str, revision: str) -> Claim | Refusal:
        owner = f"{self.worker}/{uuid.uuid4().hex[:8]}"
        for _ in range(CONFLICT_TRIES):
            job = self.store.get(job_id)
            if job is None or job.revision != revision or job.state not in (State.QUEUED, State.RUNNING):
                return Refusal.NOTHING_TO_DO
            if job.lease and job.lease.owner == owner:  # our own write, whose answer was lost on the way
                return Claim(self.store, job, lease_seconds=self.lease_seconds)
            if not jobs.may_start(job, revision, now=utc_now()):
                return Refusal.BUSY
            try:
                taken = jobs.started(job, owner=owner, lease_seconds=self.lease_seconds, now=utc_now())
                return Claim(self.store, self.store.put(taken), lease_seconds=self.lease_seconds)
            except WriteConflictError:
                continue
        return Refusal.BUSY
