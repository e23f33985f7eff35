"""What becomes of a job whose message was given up: SQS moved it aside after too many receives.

A message that names a job has served when its record says so: FAILED, with the reason and the attempts. From then
on the record is the case to work on (`syncline jobs --state FAILED`, `syncline retry`, POST /jobs/{job_id}/retry),
and a retry sends a fresh message. So the dead one is deleted.

A message that names no job has no record. It is moved to the ingest queue's dead-letter queue, where nothing takes
it away: there it can be read, it keeps the alarm on, and it disturbs nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from syncline.aws import clients
from syncline.aws.deployment import Deployment
from syncline.aws.store import WriteConflictError
from syncline.core import transitions
from syncline.core.errors import SynclineError, TransientError
from syncline.core.job import Job, State
from syncline.core.timestamps import parse_timestamp
from syncline.jobs import final_record

CODE = "dead_letter"
CONFLICT_TRIES = 8
# Clocks differ a little; a message that is older than its record by more than this belongs to an earlier try.
CLOCK_TOLERANCE = timedelta(seconds=60)


class StillRunningError(TransientError):
    """Raised when a worker holds the job all the same: the dead letter should come again later."""

    default_code = "still_running"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class DeadLetters:
    deployment: Deployment
    clock: Callable[[], datetime] = _now

    def settle(self, job_id: str, revision: str, *, sent_at: datetime) -> Job | None:
        """-> the job, now FAILED; None if it has moved on and the message means nothing any more."""
        for _ in range(CONFLICT_TRIES):
            job = self.deployment.store.get(job_id)
            if job is None or job.revision != revision:
                return None
            if job.state is State.FAILED and job.error and job.error["code"] == CODE:
                final_record.finish_closing(self.deployment, job)  # in case whoever marked it died over it
                return job
            if job.state not in (State.QUEUED, State.RUNNING) or _of_an_earlier_try(sent_at, job):
                return None
            if job.lease is not None and not job.lease.expired(self.clock()):
                raise StillRunningError(f"A worker holds job {job_id} until {job.lease.until}.")
            try:
                return final_record.close(self.deployment, transitions.failed(job, _reason(job), now=self.clock()))
            except WriteConflictError:
                continue
        raise TransientError(f"The record of job {job_id} kept changing.")

    def park(self, body: str, *, queue: str, reason: str) -> None:
        clients.client("sqs").send_message(
            QueueUrl=self.deployment.settings.need("ingest_dead_letters"),
            MessageBody=body,
            MessageAttributes={
                "queue": {"DataType": "String", "StringValue": queue},
                "reason": {"DataType": "String", "StringValue": reason},
            },
        )


def _of_an_earlier_try(sent_at: datetime, job: Job) -> bool:
    """Since then the job was queued again, with a message of its own."""
    return job.queued_at is not None and sent_at < parse_timestamp(job.queued_at) - CLOCK_TOLERANCE


def _reason(job: Job) -> SynclineError:
    what = (
        f"{job.attempts} times a worker started the job, and none finished it."
        if job.attempts
        else "No worker could start the job, although its message was delivered again and again."
    )
    return SynclineError(
        what,
        code=CODE,
        hint=f"See the workers' logs for what ended them (memory, time?), then: syncline retry {job.job_id}",
    )
