"""Records, then messages, up to a hundred at a time: the part of a backfill that changes something.

The order is that of the receptions: the record first, on condition that nobody was faster, then the message, then the
word that it was sent. Whoever dies in between leaves records whose batch is not said to be sent; the next run sends
those again. Two messages for one job do no harm: the record lets only one worker have it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from syncline.aws.bucket import Bucket, ObjectGoneError
from syncline.aws.deployment import Deployment
from syncline.aws.settings import Settings
from syncline.aws.store import WriteConflictError
from syncline.backfill.batches import Batches
from syncline.backfill.planning import Candidate, Decision, Planner, Step, Verdict
from syncline.core import transitions
from syncline.core.job import BULK, Job, UploadSet, job_id_of
from syncline.core.message import new_message
from syncline.core.options import Options
from syncline.jobs import final_record, upload_set

LOOKS = 8
MOST = 100  # records to a transaction and to a read: DynamoDB's own limit
# No table of AWS needs so long for a hundred records. Stand-ins for it may, and write single records quickly.
SLOW_TRANSACTION_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Outcome:
    candidate: Candidate
    verdict: Verdict
    reason: str = ""
    options: Options = field(default_factory=Options)
    later: bool = False  # somebody else is at it: ask again when he must be done


@dataclass(slots=True)
class _Item:
    """One candidate on its way through a batch."""

    candidate: Candidate
    uploads: UploadSet
    metadata_read: bool
    decision: Decision = field(default_factory=lambda: Decision(Step.LOOK_AGAIN, Verdict.UNSENT))

    def outcome(self) -> Outcome:
        later = self.decision.step is Step.LOOK_AGAIN
        return Outcome(self.candidate, self.decision.verdict, self.decision.reason, self.uploads.options, later)


@dataclass(slots=True)
class Sender:
    """`deployment` is None where there is none yet and only the price is asked for; nothing is known then."""

    source: Bucket
    settings: Settings
    deployment: Deployment | None
    batches: Batches | None
    readers: Executor
    force: bool = False
    read_metadata: bool = False
    dry_run: bool = False
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _one_by_one: bool = False

    def process(self, candidates: Sequence[Candidate]) -> list[Outcome]:
        """At most 100; -> what became of each."""
        number = self.batches.begin() if self.batches else 0
        items = self._items(candidates)
        self._send(self._write(items, number), items, number)
        return [item.outcome() for item in items.values()]

    def _items(self, candidates: Iterable[Candidate]) -> dict[str, _Item]:
        """By job id: a list of keys may name a recording twice."""
        made = self.readers.map(lambda candidate: self._item(candidate, self.read_metadata), candidates)
        return {job_id_of(self.source.name, item.candidate.recording.key): item for item in made}

    def _item(self, candidate: Candidate, read_metadata: bool) -> _Item:
        head = self.source.head(candidate.recording.key) if read_metadata else None
        try:
            uploads = upload_set.assemble(
                candidate.files, head[1] if head else {}, self.source, self.settings, check_contents=False
            )
        except ObjectGoneError:  # the options file was deleted since it was listed
            return self._item(Candidate(candidate.recording, candidate.transcript, None), read_metadata)
        return _Item(candidate, uploads, read_metadata)

    def _write(self, items: dict[str, _Item], number: int) -> list[Job]:
        """Until every record is as it should be; -> those whose message goes with this batch."""
        to_send: list[Job] = []
        left = list(items)
        for _ in range(LOOKS):
            if not left:
                break
            self._decide([items[job_id] for job_id in left], number)
            if self.dry_run:
                return []
            steps = {job_id: items[job_id].decision for job_id in left}
            written, outrun = self._put([made.job for made in steps.values() if made.step is Step.WRITE and made.job])
            to_send += [made.job for made in steps.values() if made.step is Step.SEND and made.job] + written
            refused = [made.job for made in steps.values() if made.step is Step.REFUSE and made.job]
            left = [job.job_id for job in outrun + self._refuse(refused)]  # somebody was faster: read and decide again
        for job_id in left:
            items[job_id].decision = Decision(Step.NOTHING, Verdict.UNSENT, reason="Its record kept changing.")
        return to_send

    def _decide(self, items: list[_Item], number: int) -> None:
        known = self._known(items)
        planner = Planner(
            bucket=self.source.name,
            batch=self.batches.name(number) if self.batches else "",
            now=self.clock(),
            sent=self.batches.is_sent if self.batches else lambda _: True,
            force=self.force,
        )
        for item in items:
            record = known.get(self._job_id(item))
            decision = planner.decide(item.uploads, record, metadata_read=item.metadata_read)
            if decision.step is Step.READ_METADATA:
                deeper = self._item(item.candidate, True)
                item.uploads, item.metadata_read = deeper.uploads, True
                decision = planner.decide(item.uploads, record, metadata_read=True)
            if decision.step is Step.WRITE and _away(item):
                decision = Decision(Step.NOTHING, Verdict.AWAY, reason="Restore it from Glacier first.")
            item.decision = decision

    def _known(self, items: list[_Item]) -> dict[str, Job]:
        if self.deployment is None:
            return {}
        found = self.deployment.store.get_many([self._job_id(item) for item in items])
        return {job.job_id: job for job in found}

    def _job_id(self, item: _Item) -> str:
        return job_id_of(self.source.name, item.candidate.recording.key)

    def _put(self, records: list[Job]) -> tuple[list[Job], list[Job]]:
        if not records or self.deployment is None:
            return [], []
        if self._one_by_one:
            return self.deployment.store.put_each(records)
        began = time.monotonic()
        answer = self.deployment.store.put_many(records)
        self._one_by_one = time.monotonic() - began > SLOW_TRANSACTION_SECONDS
        return answer

    def _refuse(self, records: list[Job]) -> list[Job]:
        """-> the records for which somebody was faster."""
        outrun = []
        for record in records:
            try:
                if self.deployment:
                    final_record.put(self.deployment, record)
            except WriteConflictError:
                outrun.append(record)
        return outrun

    def _send(self, records: list[Job], items: dict[str, _Item], number: int) -> None:
        if self.deployment is None or self.batches is None:
            return
        if not records:
            self.batches.empty(number)
            return
        by_id = {job.job_id: job for job in records}
        messages = [new_message(job.job_id, job.revision or "") for job in by_id.values()]
        unsent = self.deployment.queue.send_many(messages, queue=BULK)
        if not unsent:
            self.batches.sent(number)
            return
        for failed in unsent:
            del by_id[failed.message.job_id]
            items[failed.message.job_id].decision = Decision(Step.NOTHING, Verdict.UNSENT, reason=failed.reason)
        self._mark_one_by_one(self.deployment, by_id.values())

    def _mark_one_by_one(self, deployment: Deployment, sent: Iterable[Job]) -> None:
        """The batch stays open for those that were not sent: the next run sends them, and these not again."""
        for job in sent:
            with suppress(WriteConflictError):  # a worker has it already
                deployment.store.put(transitions.message_sent(job, now=self.clock()))


def _away(item: _Item) -> bool:
    transcript = item.candidate.transcript if item.uploads.options.needs_transcript else None
    return item.candidate.recording.away or (transcript is not None and transcript.away)
