"""Update a job record and do everything that follows from the new record: message, event, job.json.

The record is written as QUEUED before its message is sent, and marked as sent afterwards. A crash in between leaves a
record that awaits its message. The next process that handles the job sends the message, once the first sender must have
crashed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syncline.aws.deployment import Deployment
from syncline.aws.store import ContentionError, Decide, Update, WriteConflictError
from syncline.core import transitions
from syncline.core.job import Job, State
from syncline.core.timestamps import format_timestamp, parse_timestamp, utc_now
from syncline.jobs import final_record

# Longer than a reception's timeout: a sender that wrote "queued, not sent" earlier than this has crashed.
SENDER_TIMEOUT = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class JobUpdater:
    deployment: Deployment
    clock: Callable[[], datetime] = utc_now

    def update(self, job_id: str, decide: Decide) -> Update:
        """`store.update`, and everything that follows. A record that `decide` keeps is completed, too."""
        update = final_record.update(
            self.deployment, job_id, lambda job: self._indexed(job, self._take_over(job, decide(job)))
        )
        if update.written is not None:
            if update.read is not None and update.read.metadata.keys() - update.written.metadata.keys():
                self.deployment.store.metadata.delete(update.read, keep=update.written.metadata)
            return Update(update.read, self._send_message(update.written))
        if update.read is not None and update.read.state is State.REJECTED:
            final_record.publish_if_missing(self.deployment, update.read)
        return update

    def _indexed(self, job: Job | None, decided: Job | None) -> Job | None:
        if decided is not None and decided.metadata != (job.metadata if job else {}):
            self.deployment.store.index([decided])
        return decided

    def _take_over(self, job: Job | None, decided: Job | None) -> Job | None:
        """Take over the sending of a message from a process that crashed before it sent it."""
        if decided is None or decided is not job or not decided.awaits_message:
            return decided
        if self.clock() - parse_timestamp(decided.updated_at) < SENDER_TIMEOUT:
            raise ContentionError(f"Another process is sending the message of job {decided.job_id}.")
        return replace(decided, updated_at=format_timestamp(self.clock()))

    def _send_message(self, job: Job) -> Job:
        if not job.awaits_message or job.revision is None:
            return job
        self.deployment.queue.send(job.job_id, job.revision, queue=job.queue)
        try:
            return self.deployment.store.put(transitions.message_sent(job, now=self.clock()))
        except WriteConflictError:  # a worker has started the job, or a newer upload has replaced it
            return job
