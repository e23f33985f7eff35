"""Handle messages that SQS moved to a dead-letter queue after too many receives.

A message that names a job becomes that job's failure: the record says FAILED, with the reason and the number of
attempts. Operators then work with the record (`syncline jobs --state FAILED`, `syncline retry`), and a retry sends a
new message, so the dead letter is deleted.

A message that names no job has no record. It is parked in the ingest queue's dead-letter queue, where no function
deletes it: an operator can read it, and the queue's alarm stays on until then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeGuard

from syncline.aws.deployment import Deployment
from syncline.core import transitions
from syncline.core.errors import SynclineError, TransientError
from syncline.core.job import Job, State
from syncline.core.message import JobMessage
from syncline.core.timestamps import parse_timestamp, utc_now
from syncline.jobs import final_record

CODE = "dead_letter"
MAX_MESSAGE_BYTES = 1 << 18  # SQS's limit, unless a queue's owner raised it; attributes count
MAX_REASON_CHARACTERS = 500
ATTRIBUTE_BYTES = 4096  # room for all attributes
# Clocks differ a little. A message older than its record by more than this belongs to an earlier attempt.
CLOCK_TOLERANCE = timedelta(seconds=60)


class StillRunningError(TransientError):
    """A worker holds the job's lease; the dead letter has to come again later."""

    default_code = "still_running"


@dataclass(frozen=True, slots=True)
class DeadLetters:
    deployment: Deployment
    clock: Callable[[], datetime] = utc_now

    def fail_job(self, message: JobMessage, *, sent_at: datetime) -> Job | None:
        """Mark the job as FAILED and return it. Returns None if the job has moved on and the message means nothing."""

        def decide(job: Job | None) -> Job | None:
            if job is None or not self._concerns(message, sent_at, job):
                return None
            if job.lease is not None and not job.lease.expired(self.clock()):
                raise StillRunningError(f"A worker holds job {job.job_id} until {job.lease.until}.")
            return transitions.failed(job, _reason(job), now=self.clock())

        update = final_record.update(self.deployment, message.job_id, decide)
        if update.written is None and _failed_before(update.read, message):
            final_record.publish_if_missing(self.deployment, update.read)
            return update.read
        return update.written

    def park(self, body: str, *, queue: str, reason: str) -> None:
        """Keep the message for an operator. A body that leaves no room for the reason is cut, with a note."""
        attributes = {"queue": queue, "reason": reason[:MAX_REASON_CHARACTERS]}
        kept = body.encode()[: MAX_MESSAGE_BYTES - ATTRIBUTE_BYTES].decode(errors="ignore")
        if kept != body:
            attributes["cut"] = f"The first {len(kept.encode()):,} of {len(body.encode()):,} bytes."
        self.deployment.sqs.send_message(
            QueueUrl=self.deployment.settings.need("ingest_dead_letters"),
            MessageBody=kept,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        )

    def _concerns(self, message: JobMessage, sent_at: datetime, job: Job) -> bool:
        """Whether the message asks for what the job still waits for. A retry sends a new message."""
        if job.revision != message.revision or job.state not in (State.QUEUED, State.RUNNING):
            return False
        return job.queued_at is None or sent_at >= parse_timestamp(job.queued_at) - CLOCK_TOLERANCE


def _failed_before(job: Job | None, message: JobMessage) -> TypeGuard[Job]:
    return (
        job is not None
        and job.revision == message.revision
        and job.state is State.FAILED
        and job.error is not None
        and job.error["code"] == CODE
    )


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
