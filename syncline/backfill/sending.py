"""Write records and send their messages, up to a hundred jobs at a time.

The order is that of the receptions: write the record on condition that it is unchanged, send the message, mark it as
sent. A crash in between leaves records whose batch is not marked as sent, and the next run sends those again. Two
messages for one job do no harm: the record's lease lets only one worker have the job.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from syncline.aws.bucket import Bucket, ObjectGoneError
from syncline.aws.deployment import Deployment
from syncline.aws.settings import Settings
from syncline.aws.store import WriteConflictError
from syncline.backfill.batches import Batches
from syncline.backfill.planning import Decision, ListedJob, Planner, RecordingStatus, Step
from syncline.core import transitions
from syncline.core.job import BULK, Job, UploadSet, job_id_of
from syncline.core.message import new_message
from syncline.core.options import Options
from syncline.core.timestamps import utc_now
from syncline.jobs import final_record, upload_set

DECIDE_ATTEMPTS = 8
BATCH_SIZE = 100  # DynamoDB's limit for a transaction and for a batch read
# DynamoDB needs far less for a hundred records. Other implementations may need more, and write single records quickly.
SLOW_TRANSACTION_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class ProcessedJob:
    """What a batch did with a job. `decide_later` means that another process is sending its message."""

    listed: ListedJob
    status: RecordingStatus
    reason: str = ""
    options: Options = field(default_factory=Options)
    decide_later: bool = False


@dataclass(slots=True)
class _Item:
    """A job on its way through a batch."""

    listed: ListedJob
    uploads: UploadSet
    metadata_read: bool
    decision: Decision = field(default_factory=lambda: Decision(Step.DECIDE_LATER, RecordingStatus.NOT_SENT))

    @property
    def archived(self) -> bool:
        transcripts = self.listed.transcripts if self.uploads.options.needs_transcript else ()
        return any(file.archived for file in (self.listed.recording, *transcripts))

    def not_sent(self, reason: str) -> None:
        self.decision = Decision(Step.NONE, RecordingStatus.NOT_SENT, reason=reason)

    def processed(self) -> ProcessedJob:
        decision = self.decision
        decide_later = decision.step is Step.DECIDE_LATER
        return ProcessedJob(self.listed, decision.status, decision.reason, self.uploads.options, decide_later)


@dataclass(slots=True)
class Sender:
    """`deployment` and `batches` are None for a dry run without a deployment: there are no records then."""

    source: Bucket
    settings: Settings
    deployment: Deployment | None
    batches: Batches | None
    readers: Executor
    force: bool = False
    read_metadata: bool = False
    dry_run: bool = False
    clock: Callable[[], datetime] = utc_now
    _single_writes: bool = False

    def process(self, jobs: Sequence[ListedJob]) -> list[ProcessedJob]:
        """Process one batch of at most a hundred jobs."""
        number = self.batches.begin() if self.batches else 0
        items = self._items(jobs)
        self._send(self._write(items, number), items, number)
        return [item.processed() for item in items.values()]

    def _items(self, jobs: Iterable[ListedJob]) -> dict[str, _Item]:
        """The items by job id: a list of keys may name a recording twice."""
        items = self.readers.map(lambda listed: self._item(listed, read_metadata=self.read_metadata), jobs)
        return {self._job_id(item): item for item in items}

    def _item(self, listed: ListedJob, *, read_metadata: bool) -> _Item:
        head = self.source.head(listed.recording.key) if read_metadata else None
        metadata = head[1] if head else {}
        try:
            uploads = upload_set.assemble(listed.files, metadata, self.source, self.settings, check_contents=False)
        except ObjectGoneError:  # the options file was deleted since it was listed
            return self._item(replace(listed, options=None), read_metadata=read_metadata)
        return _Item(listed, uploads, read_metadata)

    def _job_id(self, item: _Item) -> str:
        return job_id_of(self.source.name, item.listed.recording.key)

    def _write(self, items: dict[str, _Item], number: int) -> list[Job]:
        """Bring every record up to date -> the records whose messages this batch sends."""
        to_send: list[Job] = []
        pending = list(items)
        for _ in range(DECIDE_ATTEMPTS):
            if not pending:
                break
            self._decide([items[job_id] for job_id in pending], number)
            if self.dry_run:
                return []
            records = {step: self._records(items, pending, step) for step in Step}
            written, conflicting = self._put(records[Step.WRITE])
            to_send += records[Step.SEND] + written
            conflicting += self._reject(records[Step.REJECT])
            pending = [job.job_id for job in conflicting]
        for job_id in pending:
            items[job_id].not_sent("Its record kept changing.")
        return to_send

    def _records(self, items: dict[str, _Item], job_ids: Iterable[str], step: Step) -> list[Job]:
        decisions = (items[job_id].decision for job_id in job_ids)
        return [decision.job for decision in decisions if decision.step is step and decision.job]

    def _decide(self, items: list[_Item], number: int) -> None:
        records = self._read(items)
        planner = Planner(
            bucket=self.source.name,
            batch=self.batches.name(number) if self.batches else "",
            now=self.clock(),
            batch_is_sent=self.batches.is_sent if self.batches else lambda _: True,
            force=self.force,
        )
        for item in items:
            item.decision = self._decision(planner, item, records.get(self._job_id(item)))

    def _decision(self, planner: Planner, item: _Item, record: Job | None) -> Decision:
        decision = planner.decide(item.uploads, record, metadata_read=item.metadata_read)
        if decision.step is Step.READ_METADATA:
            item.uploads, item.metadata_read = self._item(item.listed, read_metadata=True).uploads, True
            decision = planner.decide(item.uploads, record, metadata_read=True)
        if decision.step is Step.WRITE and item.archived:
            return Decision(Step.NONE, RecordingStatus.ARCHIVED, reason="Restore it from Glacier first.")
        return decision

    def _read(self, items: list[_Item]) -> dict[str, Job]:
        if self.deployment is None:
            return {}
        records = self.deployment.store.get_many([self._job_id(item) for item in items])
        return {job.job_id: job for job in records}

    def _put(self, records: list[Job]) -> tuple[list[Job], list[Job]]:
        """-> the records that were written, and those that had changed."""
        if not records or self.deployment is None:
            return [], []
        self.deployment.store.index(records)
        if self._single_writes:
            return self.deployment.store.put_each(records)
        began = time.monotonic()
        written, conflicting = self.deployment.store.put_many(records)
        self._single_writes = time.monotonic() - began > SLOW_TRANSACTION_SECONDS
        return written, conflicting

    def _reject(self, records: list[Job]) -> list[Job]:
        """-> the records that had changed."""
        conflicting = []
        for record in records:
            try:
                if self.deployment:
                    self.deployment.store.index([record])
                    final_record.put(self.deployment, record)
            except WriteConflictError:
                conflicting.append(record)
        return conflicting

    def _send(self, records: list[Job], items: dict[str, _Item], number: int) -> None:
        if self.deployment is None or self.batches is None:
            return
        if not records:
            self.batches.discard(number)
            return
        by_id = {job.job_id: job for job in records}
        messages = [new_message(job.job_id, job.revision or "") for job in by_id.values()]
        unsent = self.deployment.queue.send_many(messages, queue=BULK)
        if not unsent:
            self.batches.mark_sent(number)
            return
        for failure in unsent:
            del by_id[failure.message.job_id]
            items[failure.message.job_id].not_sent(failure.reason)
        self._mark_each(self.deployment, by_id.values())

    def _mark_each(self, deployment: Deployment, sent: Iterable[Job]) -> None:
        """The batch stays open for the messages that were not sent. The next run sends only those."""
        for job in sent:
            with suppress(WriteConflictError):  # a worker has started the job
                deployment.store.put(transitions.message_sent(job, now=self.clock()))
