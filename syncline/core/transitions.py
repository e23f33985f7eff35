"""The transitions of a job: each function returns the next record, and the store writes it conditionally.

`observed` gets what the bucket contains now, not what an event said. Events may come twice, late or out of order;
observing the bucket again always leads to the same record. The other transitions are made by workers and operators.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from syncline.core.errors import StaleRevisionError, SynclineError
from syncline.core.job import LIVE, Job, Lease, Result, State, StoredObject, UploadSet, job_id_of, revision_of
from syncline.core.timestamps import format_timestamp


def observed(job: Job | None, bucket: str, uploads: UploadSet, *, now: datetime, queue: str = LIVE) -> Job:
    """The record that fits the files in the bucket; the same object if nothing changes."""
    revision = revision_of(uploads)
    if uploads.problem is not None:
        state = State.REJECTED
    elif uploads.missing:
        state = State.WAITING
    else:
        state = State.QUEUED
    if job is not None and _is_up_to_date(job, state, revision, uploads):
        return job
    moment = format_timestamp(now)
    return Job(
        job_id=job_id_of(bucket, uploads.recording.key),
        bucket=bucket,
        recording_key=uploads.recording.key,
        recording_bytes=uploads.recording.size,
        transcript_key=uploads.transcript.key if uploads.transcript else None,
        times_key=uploads.times.key if uploads.times else None,
        options=uploads.options.as_record(),
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


def _is_up_to_date(job: Job, state: State, revision: str, uploads: UploadSet) -> bool:
    if job.revision != revision:
        return False
    if state is State.QUEUED:
        # This revision was accepted before. The worker may have changed its state since.
        return job.state in (State.QUEUED, State.RUNNING, State.SUCCEEDED, State.FAILED)
    if state is State.REJECTED and uploads.problem is not None:
        return job.state is State.REJECTED and job.error == uploads.problem.as_dict()
    return job.state is state


def message_sent(job: Job, *, now: datetime) -> Job:
    return replace(job, message_sent=True, updated_at=format_timestamp(now))


def may_start(job: Job, revision: str, *, now: datetime) -> bool:
    """Whether a worker may take this revision: it is QUEUED, or RUNNING with an expired lease."""
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
        started_at=job.started_at or format_timestamp(now),
        error=None,
        updated_at=format_timestamp(now),
    )


def extended(job: Job, *, lease_seconds: float, now: datetime) -> Job:
    if job.lease is None:
        raise StaleRevisionError(f"Job {job.job_id} has no lease.")
    return replace(job, lease=_lease(job.lease.owner, lease_seconds, now), updated_at=format_timestamp(now))


def progressed(job: Job, *, stage: str, progress: float, now: datetime) -> Job:
    return replace(job, stage=stage, progress=round(min(1.0, max(0.0, progress)), 4), updated_at=format_timestamp(now))


def succeeded(
    job: Job,
    *,
    results: tuple[Result, ...],
    stats: Mapping[str, Any],
    warnings: tuple[str, ...] = (),
    now: datetime,
) -> Job:
    moment = format_timestamp(now)
    return replace(
        job, state=State.SUCCEEDED, stage=None, progress=1.0, lease=None, error=None, results=results,
        stats=dict(stats), warnings=warnings, updated_at=moment, finished_at=moment,
    )  # fmt: skip


def failed(job: Job, error: SynclineError, *, results: tuple[Result, ...] = (), now: datetime) -> Job:
    """`results` are those that were complete before the failure; they remain usable."""
    moment = format_timestamp(now)
    return replace(
        job, state=State.FAILED, lease=None, error=error.as_dict(), results=results, updated_at=moment,
        finished_at=moment,
    )  # fmt: skip


def released(job: Job, *, now: datetime, attempt_counts: bool = True) -> Job:
    """Handed back unfinished: the next worker can start at once, without waiting for the lease to expire.

    An attempt that ended because its worker was stopped does not count.
    """
    attempts = job.attempts if attempt_counts else max(0, job.attempts - 1)
    return replace(job, state=State.QUEUED, lease=None, attempts=attempts, updated_at=format_timestamp(now))


def retried(job: Job, *, now: datetime) -> Job:
    """Queued again by an operator, with the same revision. Its message has to be sent again."""
    moment = format_timestamp(now)
    return replace(
        job, state=State.QUEUED, queue=LIVE, message_sent=False, batch=None, attempts=0, error=None, stage=None,
        progress=0.0, lease=None, queued_at=moment, started_at=None, finished_at=None, updated_at=moment,
    )  # fmt: skip


def orphan(job: Job | None, bucket: str, stored: StoredObject, missing: tuple[str, ...], *, now: datetime) -> Job:
    """The record of a transcript or options file whose recording is missing; the same object if nothing changes."""
    return _alone(job, bucket, stored, State.WAITING, now=now, missing=missing)


def rejected(job: Job | None, bucket: str, stored: StoredObject, problem: SynclineError, *, now: datetime) -> Job:
    """The record of an object that belongs to no job; the same object if nothing changes."""
    return _alone(
        job, bucket, stored, State.REJECTED, now=now, error=problem.as_dict(), finished_at=format_timestamp(now)
    )


def _alone(job: Job | None, bucket: str, stored: StoredObject, state: State, *, now: datetime, **fields: Any) -> Job:
    if job is not None and (job.state, job.revision) == (state, stored.etag):
        return job
    moment = format_timestamp(now)
    created_at = job.created_at if job else moment
    job_id = job_id_of(bucket, stored.key)
    return Job(job_id, bucket, stored.key, state, created_at, moment, revision=stored.etag, **fields)


def _lease(owner: str, seconds: float, now: datetime) -> Lease:
    return Lease(owner, format_timestamp(now + timedelta(seconds=seconds)))
