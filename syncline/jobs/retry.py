"""Retry a FAILED or REJECTED job: read its files again, and run it again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from syncline.aws.deployment import Deployment
from syncline.core import layout, options, transitions
from syncline.core.errors import ConflictError, NotFoundError
from syncline.core.job import RETRYABLE_STATES, Job, State
from syncline.core.layout import Role
from syncline.core.options import Options
from syncline.core.timestamps import utc_now
from syncline.jobs import upload_set, validation
from syncline.jobs.job_updater import JobUpdater


def retry(deployment: Deployment, job_id: str, *, clock: Callable[[], datetime] = utc_now) -> Job:
    """The job's new record. A REJECTED job is accepted if its files have been corrected; a FAILED one runs again."""

    def decide(job: Job | None) -> Job | None:
        if job is None:
            return None
        if job.state not in RETRYABLE_STATES:
            raise ConflictError(
                f"The job is {job.state.value}; only FAILED and REJECTED jobs can be retried.",
                code="not_retryable",
                hint="To run it again, upload a changed recording, transcript or options file.",
            )
        return _next_record(deployment, job, clock())

    job = JobUpdater(deployment, clock).update(job_id, decide).current
    if job is None:
        raise NotFoundError(f"There is no job {job_id}.", hint="Its recording's key finds it as well.")
    return job


def _next_record(deployment: Deployment, job: Job, now: datetime) -> Job:
    key, source = job.recording_key, deployment.bucket.sibling(job.bucket)
    place = layout.place_of(key)
    if place.role is not Role.RECORDING:
        if (head := source.head(key)) is None:
            raise _gone(key)
        return transitions.rejected(job, source.name, head[0], validation.unknown_kind(key), now=now)
    files = upload_set.list_files(source, place.stem)
    uploads = upload_set.read(key, files, source, deployment.settings, defaults=_previous_options(job))
    if uploads is None:
        raise _gone(key)
    observed = transitions.observed(job, source.name, uploads, now=now)
    return transitions.retried(job, now=now) if observed is job and job.state is State.FAILED else observed


def _previous_options(job: Job) -> Options | None:
    """A job that was accepted keeps its options. A backfill's defaults, for example, are only in the record."""
    return options.from_record(job.options) if job.state is State.FAILED and job.options else None


def _gone(key: str) -> ConflictError:
    return ConflictError(f"“{key}” is no longer in the bucket.", code="recording_gone", hint="Upload it again.")
