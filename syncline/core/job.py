"""What a job is, and everything that may happen to it: a pure state machine.

              missing files        complete and valid            lease taken
    (nothing) ------------> WAITING ------------------> QUEUED -------------> RUNNING ---> SUCCEEDED
        \\                      |                          ^                      |   \\
         \\--- refused ---> REJECTED --- corrected --------/ <--- new revision ---+    --> FAILED

`observed` is told what lies in the bucket now, never what an event said: events may come twice, late or out
of order, and looking again always leads to the same record. The other functions are the worker's and the
operator's moves. Each returns the next record; the store writes it only if nobody was faster.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from syncline.core.errors import StaleRevisionError, SynclineError
from syncline.core.options import Options

LIVE = "live"
BULK = "bulk"


class State(StrEnum):
    WAITING = "WAITING"  # part of the upload set is missing; `missing` says which
    QUEUED = "QUEUED"  # complete and valid; a message is, or is about to be, in a queue
    RUNNING = "RUNNING"  # a worker holds the lease
    SUCCEEDED = "SUCCEEDED"  # the results are in the bucket
    FAILED = "FAILED"  # the worker gave up; `error` says why
    REJECTED = "REJECTED"  # the upload cannot become a job; `error` says why and what to do


FINAL_STATES = (State.SUCCEEDED, State.FAILED, State.REJECTED)
RETRYABLE_STATES = (State.FAILED, State.REJECTED)


@dataclass(frozen=True, slots=True)
class Lease:
    """Who works on the job, and until when nobody else may. ISO 8601, as in the record."""

    owner: str
    until: str

    def expired(self, now: datetime) -> bool:
        return self.until <= timestamp(now)


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What S3 says about an object without opening it."""

    key: str
    etag: str
    size: int


@dataclass(frozen=True, slots=True)
class UploadSet:
    """The files of one job as they lie in the bucket at one moment, with the wishes they add up to.

    `problem` is why this set cannot become a job, if it cannot.
    """

    recording: StoredObject
    transcript: StoredObject | None
    options: Options
    problem: SynclineError | None = None
    options_file: StoredObject | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        return ("transcript",) if self.options.needs_transcript and self.transcript is None else ()


@dataclass(frozen=True, slots=True)
class Result:
    name: str
    key: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Job:
    job_id: str
    bucket: str
    recording_key: str
    state: State
    created_at: str
    updated_at: str
    recording_bytes: int | None = None
    transcript_key: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    revision: str | None = None
    missing: tuple[str, ...] = ()
    queue: str = LIVE
    message_sent: bool = False  # whether the message of this revision is known to have reached the queue
    batch: str | None = None  # <run>/<number> of the batch with which a backfill sends the message
    stage: str | None = None
    progress: float = 0.0
    error: Mapping[str, str] | None = None
    attempts: int = 0
    lease: Lease | None = None
    queued_at: str | None = None
    started_at: str | None = None
    finished_at: str | None = None
    results: tuple[Result, ...] = ()
    stats: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    version: int = 0  # counts the writes; every write is conditional on the version it was read at

    @property
    def final(self) -> bool:
        return self.state in FINAL_STATES

    @property
    def awaits_message(self) -> bool:
        return self.state is State.QUEUED and not self.message_sent


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds: sorts as text."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def parse_timestamp(text: str) -> datetime:
    return datetime.fromisoformat(text)


JOB_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def job_id(bucket: str, recording_key: str) -> str:
    """Anyone can compute it from the address of the recording."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"s3://{bucket}/{recording_key}"))


def revision_of(uploads: UploadSet) -> str:
    """The same files with the same wishes are the same revision, whoever looks and how often."""
    transcript = uploads.transcript.etag if uploads.transcript and uploads.options.needs_transcript else None
    parts = [uploads.recording.etag, uploads.recording.size, transcript, uploads.options.canonical()]
    if uploads.problem and uploads.options_file:
        parts.append(uploads.options_file.etag)  # its wishes could not be read: a corrected file must differ
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:20]


def observed(job: Job | None, bucket: str, uploads: UploadSet, *, now: datetime, queue: str = LIVE) -> Job:
    """The record as it should be, given what lies in the bucket now; the same object if nothing changes."""
    revision = revision_of(uploads)
    if uploads.problem is not None:
        state = State.REJECTED
    elif uploads.missing:
        state = State.WAITING
    else:
        state = State.QUEUED
    if job is not None and _says_already(job, state, revision, uploads):
        return job
    moment = timestamp(now)
    return Job(
        job_id=job_id(bucket, uploads.recording.key),
        bucket=bucket,
        recording_key=uploads.recording.key,
        recording_bytes=uploads.recording.size,
        transcript_key=uploads.transcript.key if uploads.transcript else None,
        options=uploads.options.as_dict(),
        revision=revision,
        state=state,
        missing=uploads.missing if state is State.WAITING else (),
        error=uploads.problem.as_dict() if uploads.problem else None,
        queue=queue,
        created_at=job.created_at if job else moment,
        updated_at=moment,
        queued_at=moment if state is State.QUEUED else None,
        finished_at=moment if state is State.REJECTED else None,
        version=job.version if job else 0,
    )


def _says_already(job: Job, state: State, revision: str, uploads: UploadSet) -> bool:
    if job.revision != revision:
        return False
    if state is State.QUEUED:
        # This revision was accepted before: what the worker made of it since stands.
        return job.state in (State.QUEUED, State.RUNNING, State.SUCCEEDED, State.FAILED)
    if state is State.REJECTED and uploads.problem is not None:
        return job.state is State.REJECTED and job.error == uploads.problem.as_dict()
    return job.state is state


def message_sent(job: Job, *, now: datetime) -> Job:
    return replace(job, message_sent=True, updated_at=timestamp(now))


def may_start(job: Job, revision: str, *, now: datetime) -> bool:
    """Whether a worker may take this revision: it waits in a queue, or whoever had it let its lease run out."""
    if job.revision != revision:
        return False
    if job.state is State.RUNNING:
        return job.lease is None or job.lease.expired(now)
    return job.state is State.QUEUED


def started(job: Job, *, owner: str, lease_seconds: float, now: datetime) -> Job:
    return replace(
        job,
        state=State.RUNNING,
        message_sent=True,
        lease=_lease(owner, lease_seconds, now),
        attempts=job.attempts + 1,
        started_at=job.started_at or timestamp(now),
        error=None,
        updated_at=timestamp(now),
    )


def extended(job: Job, *, lease_seconds: float, now: datetime) -> Job:
    if job.lease is None:
        raise StaleRevisionError(f"Job {job.job_id} is not leased by anyone.")
    return replace(job, lease=_lease(job.lease.owner, lease_seconds, now), updated_at=timestamp(now))


def progressed(job: Job, *, stage: str, progress: float, now: datetime) -> Job:
    return replace(job, stage=stage, progress=round(min(1.0, max(0.0, progress)), 4), updated_at=timestamp(now))


def succeeded(
    job: Job,
    *,
    results: tuple[Result, ...],
    stats: Mapping[str, Any],
    warnings: tuple[str, ...] = (),
    now: datetime,
) -> Job:
    moment = timestamp(now)
    return replace(
        job, state=State.SUCCEEDED, stage=None, progress=1.0, lease=None, error=None, results=results,
        stats=dict(stats), warnings=warnings, updated_at=moment, finished_at=moment,
    )  # fmt: skip


def failed(job: Job, error: SynclineError, *, results: tuple[Result, ...] = (), now: datetime) -> Job:
    """`results` are those that were finished before the failure, and stay of use."""
    moment = timestamp(now)
    return replace(
        job, state=State.FAILED, lease=None, error=error.as_dict(), results=results, updated_at=moment,
        finished_at=moment,
    )  # fmt: skip


def released(job: Job, *, now: datetime, attempt_counts: bool = True) -> Job:
    """Handed back unfinished: its message is visible again, the next worker need not wait for the lease.

    An attempt that only a worker's stop has ended says nothing about the job, and does not count.
    """
    attempts = job.attempts if attempt_counts else max(0, job.attempts - 1)
    return replace(job, state=State.QUEUED, lease=None, attempts=attempts, updated_at=timestamp(now))


def retried(job: Job, *, now: datetime) -> Job:
    """Again, by hand. The revision stays; its message has to be sent anew."""
    moment = timestamp(now)
    return replace(
        job, state=State.QUEUED, queue=LIVE, message_sent=False, batch=None, attempts=0, error=None, stage=None,
        progress=0.0, lease=None, queued_at=moment, started_at=None, finished_at=None, updated_at=moment,
    )  # fmt: skip


def orphan(bucket: str, stored: StoredObject, missing: tuple[str, ...], *, now: datetime) -> Job:
    """The verdict on a transcript or options file whose recording has not come yet."""
    moment = timestamp(now)
    return Job(
        job_id=job_id(bucket, stored.key), bucket=bucket, recording_key=stored.key, state=State.WAITING,
        missing=missing, created_at=moment, updated_at=moment, revision=stored.etag,
    )  # fmt: skip


def rejected(bucket: str, stored: StoredObject, problem: SynclineError, *, now: datetime) -> Job:
    """The verdict on an object that is no part of any job."""
    moment = timestamp(now)
    return Job(
        job_id=job_id(bucket, stored.key), bucket=bucket, recording_key=stored.key, state=State.REJECTED,
        error=problem.as_dict(), created_at=moment, updated_at=moment, finished_at=moment, revision=stored.etag,
    )  # fmt: skip


def _lease(owner: str, seconds: float, now: datetime) -> Lease:
    return Lease(owner, timestamp(now + timedelta(seconds=seconds)))
