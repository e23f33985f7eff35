"""Read and write job records in DynamoDB.

The record is the truth about a job. Every write is conditional on the version that was read, so that no writer
overwrites a record that it has not seen. `update` is the loop around such a write: read, decide, write, and start over
if another process wrote first.
"""

from __future__ import annotations

import random
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from botocore.exceptions import ClientError

from syncline.aws.attributes import decode, encode
from syncline.aws.metadata_index import METADATA_INDEX, MetadataIndex
from syncline.aws.state_index import STATE_INDEX, Position, StateIndex, partition_of, state_of
from syncline.core.deletion import Deletion
from syncline.core.errors import TransientError
from syncline.core.job import Job, Lease, Result, State
from syncline.core.timestamps import format_timestamp, parse_timestamp

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

FIELDS = tuple(item.name for item in fields(Job))

# `syncline local` creates this table. Terraform declares the same one.
TABLE_DEFINITION: dict[str, Any] = {
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [
        {"AttributeName": "job_id", "AttributeType": "S"},
        {"AttributeName": "state", "AttributeType": "S"},
        {"AttributeName": "updated_at", "AttributeType": "S"},
        {"AttributeName": "metadata_name", "AttributeType": "S"},
        {"AttributeName": "metadata_value", "AttributeType": "S"},
    ],
    "KeySchema": [{"AttributeName": "job_id", "KeyType": "HASH"}],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": STATE_INDEX,
            "KeySchema": [
                {"AttributeName": "state", "KeyType": "HASH"},
                {"AttributeName": "updated_at", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        },
        {
            "IndexName": METADATA_INDEX,
            "KeySchema": [
                {"AttributeName": "metadata_name", "KeyType": "HASH"},
                {"AttributeName": "metadata_value", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        },
    ],
}

# `created_at` tells a record from one that was made after its deletion and has counted up to the same version.
UNCHANGED_SINCE_READ = "#version = :read AND created_at = :created"
NOT_THERE_YET = "attribute_not_exists(job_id)"

# Fields that are left out of an item while empty. `recording_bytes` is not one of them: a recording may have 0 bytes.
_OMITTED_WHEN_EMPTY = ("options", "missing", "message_sent", "progress", "attempts", "results", "stats", "warnings")
# An attribute beside the record's fields: a writer recognises its own write by it.
_WRITE_ID = "write_id"

MAX_BATCH_GET_KEYS = 100  # DynamoDB's limit
UPDATE_ATTEMPTS = 8
TRANSACTION_ATTEMPTS = 9
_CONDITION_FAILED = "ConditionalCheckFailed"
_CONFLICT = "TransactionConflictException"
_RUN_PREFIX = "backfill/"  # a job id contains no slash
_DELETION_PREFIX = "deleted/"


@dataclass(frozen=True, slots=True)
class SentBatches:
    """The batches of one backfill whose messages are in the queue: all up to `through` except those in `open`."""

    through: int = 0
    open: frozenset[int] = frozenset()

    def __contains__(self, number: int) -> bool:
        return number <= self.through and number not in self.open


class WriteConflictError(Exception):
    """The record changed between the read and the write."""


class ContentionError(TransientError):
    """Other processes kept changing the record; the caller should try again later."""

    default_code = "unsettled"


Decide = Callable[[Job | None], Job | None]


class Update(NamedTuple):
    """The result of `RecordStore.update`."""

    read: Job | None  # the record that `decide` was last called with
    written: Job | None  # the record that replaced it; None if `decide` kept the old one

    @property
    def current(self) -> Job | None:
        return self.written or self.read


class RecordStore(ABC):
    """Conditional updates over any store that has `get` and `put`."""

    __slots__ = ()
    conflict_pause_seconds: ClassVar[float] = 0.01

    @abstractmethod
    def get(self, job_id: str) -> Job | None: ...

    @abstractmethod
    def put(self, job: Job) -> Job:
        """Write the successor of the version that was read; raises WriteConflictError if it has changed."""

    def update(self, job_id: str, decide: Decide) -> Update:
        """Read the record, let `decide` make the next one, and write that if the record is still unchanged.

        `decide` gets the record, or None if there is none, and returns the next record. To keep the record as it is, it
        returns None or the record that it was given. It runs again after each conflict, so it must be safe to repeat.
        Its exceptions pass through. Raises ContentionError when conflicts do not end.
        """
        for attempt in range(UPDATE_ATTEMPTS):
            read = self.get(job_id)
            decided = decide(read)
            if decided is None or decided is read:
                return Update(read, None)
            try:
                return Update(read, self.put(replace(decided, version=read.version if read else 0)))
            except WriteConflictError:
                time.sleep(random.uniform(0, self.conflict_pause_seconds * 2**attempt))  # noqa: S311 - no secret
        raise ContentionError(f"The record of job {job_id} kept changing.")


@dataclass(frozen=True, slots=True)
class JobStore(RecordStore):
    client: DynamoDBClient
    table: str
    state_shards: int = 1
    keep_days: int | None = None

    def get(self, job_id: str) -> Job | None:
        item = self._item(job_id)
        return from_item(item) if item else None

    def _item(self, job_id: str) -> dict[str, Any] | None:
        return self.client.get_item(TableName=self.table, Key={"job_id": {"S": job_id}}, ConsistentRead=True).get(
            "Item"
        )

    def get_many(self, job_ids: list[str]) -> list[Job]:
        """The records that exist, in no particular order."""
        chunks = [job_ids[start : start + MAX_BATCH_GET_KEYS] for start in range(0, len(job_ids), MAX_BATCH_GET_KEYS)]
        return [job for chunk in chunks for job in self._get_chunk(chunk)]

    def _get_chunk(self, job_ids: list[str]) -> list[Job]:
        keys: list[Any] = [{"job_id": {"S": job_id}} for job_id in job_ids]
        jobs: list[Job] = []
        pause = 0.05
        while keys:
            answer = self.client.batch_get_item(RequestItems={self.table: {"Keys": keys, "ConsistentRead": True}})
            jobs += [from_item(item) for item in answer["Responses"].get(self.table, [])]
            unprocessed = answer["UnprocessedKeys"].get(self.table)
            keys = unprocessed["Keys"] if unprocessed else []
            if keys:  # throttled
                pause = min(2.0, 2 * pause)
                time.sleep(random.uniform(0.5, 1) * pause)  # noqa: S311 - no secret
        return jobs

    def put(self, job: Job) -> Job:
        written = self._next_version(job)
        request = self._put_request(written)
        try:
            _outlast_conflicts(lambda: self.client.put_item(**request))
        except ClientError as error:
            if not _condition_failed(error):
                raise
            # The SDK repeats a request whose answer was lost, and the repetition fails on our own first write.
            item = self._item(job.job_id)
            if item is None or item.get(_WRITE_ID) != request["Item"][_WRITE_ID]:
                raise WriteConflictError from error
        return written

    def put_many(self, jobs: Sequence[Job]) -> tuple[list[Job], list[Job]]:
        """Write at most 100 records in one request -> those that were written, and those that had changed."""
        pending, conflicting = list(jobs), list[Job]()
        for attempt in range(TRANSACTION_ATTEMPTS):
            if not pending:
                return [], conflicting
            written = [self._next_version(job) for job in pending]
            try:
                self.client.transact_write_items(TransactItems=[{"Put": self._put_request(job)} for job in written])
                return written, conflicting
            except ClientError as error:
                reasons = _cancellation_reasons(error, len(pending))
            conflicting += [job for job, reason in zip(pending, reasons, strict=True) if reason == _CONDITION_FAILED]
            pending = [job for job, reason in zip(pending, reasons, strict=True) if reason != _CONDITION_FAILED]
            if any(reason not in ("None", _CONDITION_FAILED) for reason in reasons):  # another write is in progress
                time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - no secret
        written, changed = self.put_each(pending)
        return written, conflicting + changed

    def put_each(self, jobs: Iterable[Job]) -> tuple[list[Job], list[Job]]:
        """`put_many` with one request per record."""
        written, conflicting = list[Job](), list[Job]()
        for job in jobs:
            try:
                written.append(self.put(job))
            except WriteConflictError:
                conflicting.append(job)
        return written, conflicting

    def _next_version(self, job: Job) -> Job:
        """The record as it is written: it expires some days after the job's end, and a job that runs again does not."""
        in_progress = job.state in (State.QUEUED, State.RUNNING)
        days = None if in_progress else self.keep_days
        ended = job.finished_at or job.updated_at
        expires_at = format_timestamp(parse_timestamp(ended) + timedelta(days=days)) if days else None
        return replace(job, version=job.version + 1, expires_at=expires_at)

    def _put_request(self, written: Job) -> Any:
        read = written.version - 1
        condition: dict[str, Any] = (
            {
                "ConditionExpression": UNCHANGED_SINCE_READ,
                "ExpressionAttributeNames": {"#version": "version"},
                "ExpressionAttributeValues": {":read": {"N": str(read)}, ":created": {"S": written.created_at}},
            }
            if read
            else {"ConditionExpression": NOT_THERE_YET}
        )
        item = to_item(written) | {
            "state": {"S": partition_of(written, self.state_shards)},
            _WRITE_ID: {"S": uuid.uuid4().hex[:12]},
        }
        return {"TableName": self.table, "Item": item, **condition}

    def put_sent_batches(self, run: str, sent: SentBatches) -> None:
        """Record which batches of messages a backfill has sent, in an item beside the job records."""
        self.client.put_item(
            TableName=self.table,
            Item={
                "job_id": {"S": _RUN_PREFIX + run},
                "through": {"N": str(sent.through)},
                "open": {"L": [{"N": str(number)} for number in sorted(sent.open)]},
            },
        )

    def get_sent_batches(self, run: str) -> SentBatches:
        item = self._item(_RUN_PREFIX + run)
        if item is None:
            return SentBatches()
        return SentBatches(int(item["through"]["N"]), frozenset(int(number["N"]) for number in item["open"]["L"]))

    def put_deletion(self, deletion: Deletion) -> None:
        """Write the marker of a deleted job. It expires when no message or event of the job can arrive any more."""
        item = {name: encode(value) for name, value in asdict(deletion).items()}
        item |= {"job_id": {"S": _DELETION_PREFIX + deletion.job_id}, "expires_at": _epoch(deletion.expires_at)}
        self.client.put_item(TableName=self.table, Item=item)

    def get_deletion(self, job_id: str) -> Deletion | None:
        item = self._item(_DELETION_PREFIX + job_id)
        if item is None:
            return None
        values = {field.name: decode(item[field.name]) for field in fields(Deletion)}
        return Deletion(**values | {"job_id": job_id})

    def delete(self, job: Job) -> None:
        """Delete the version that was read; raises WriteConflictError if it has changed."""
        try:
            _outlast_conflicts(
                lambda: self.client.delete_item(
                    TableName=self.table,
                    Key={"job_id": {"S": job.job_id}},
                    ConditionExpression=UNCHANGED_SINCE_READ,
                    ExpressionAttributeNames={"#version": "version"},
                    ExpressionAttributeValues={
                        ":read": {"N": str(job.version)},
                        ":created": {"S": job.created_at},
                    },
                )
            )
        except ClientError as error:
            if _condition_failed(error):
                raise WriteConflictError from error
            raise

    def index(self, jobs: Sequence[Job]) -> None:
        """Make the jobs findable by their metadata. Call it before `put`: an entry without its record does no harm."""
        self.metadata.put(jobs)

    @property
    def metadata(self) -> MetadataIndex:
        return MetadataIndex(self.client, self.table)

    @property
    def _index(self) -> StateIndex:
        return StateIndex(self.client, self.table, self.state_shards)

    def in_state(self, state: State, *, limit: int, after: Position | None = None) -> tuple[list[Job], Position | None]:
        """A page of jobs, the latest first, and the position after which the next page starts."""
        items, end = self._index.page(state, limit=limit, after=after)
        return [from_item(item) for item in items], end

    def all_in_state(self, state: State, *, page: int = 200) -> Iterator[Job]:
        after = None
        while True:
            jobs, after = self.in_state(state, limit=page, after=after)
            yield from jobs
            if after is None:
                return

    def count(self, state: State, *, at_most: int, before: str | None = None, queue: str | None = None) -> int:
        """Count the jobs in a state. A count of `at_most` means at least that many."""
        return min(at_most, self._index.count(state, at_most=at_most, before=before, queue=queue))

    def answers(self) -> bool:
        """True if the table can be read; otherwise raises boto3's exception."""
        self.client.get_item(TableName=self.table, Key={"job_id": {"S": "health"}})
        return True


def _outlast_conflicts(write: Callable[[], object]) -> None:
    """Repeat the write while a transaction of another process, such as a backfill, holds the item. The SDK does not."""
    for attempt in range(TRANSACTION_ATTEMPTS):
        try:
            write()
            return
        except ClientError as error:
            if error.response["Error"]["Code"] != _CONFLICT or attempt == TRANSACTION_ATTEMPTS - 1:
                raise
        time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - no secret


def _condition_failed(error: ClientError) -> bool:
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"


def _cancellation_reasons(error: ClientError, count: int) -> list[str]:
    """One code for each write of a cancelled transaction, "None" for writes without a problem."""
    if error.response["Error"]["Code"] != "TransactionCanceledException":
        raise error
    reasons = [reason.get("Code", "None") for reason in error.response.get("CancellationReasons", [])]
    if len(reasons) != count:
        raise error
    return reasons


def to_item(job: Job) -> dict[str, Any]:
    # DynamoDB bills by size, attribute names included. Empty fields are left out and read back as their defaults.
    item = {
        name: encode(value)
        for name, value in as_record(job).items()
        if value is not None and (value or name not in _OMITTED_WHEN_EMPTY)
    }
    return item | ({"expires_at": _epoch(job.expires_at)} if job.expires_at else {})


def _epoch(timestamp: str) -> dict[str, str]:
    """A time as DynamoDB's TTL wants it."""
    return {"N": str(int(parse_timestamp(timestamp).timestamp()))}


def from_item(item: dict[str, Any]) -> Job:
    record = {key: decode(value) for key, value in item.items()}
    record["state"] = state_of(record["state"])
    if record.get("expires_at"):
        record["expires_at"] = format_timestamp(datetime.fromtimestamp(record["expires_at"], UTC))
    if record.get("lease"):
        record["lease"] = Lease(**record["lease"])
    record["results"] = tuple(Result(**result) for result in record.get("results", ()))
    for name in ("missing", "warnings"):
        record[name] = tuple(record.get(name, ()))
    # During an upgrade a newer version may write fields that this version does not know.
    return Job(**{key: value for key, value in record.items() if key in FIELDS})


def as_record(job: Job) -> dict[str, Any]:
    """The job as plain values, as in the table and in results/.../job.json."""
    record = {name: getattr(job, name) for name in FIELDS}
    record["state"] = job.state.value
    record["lease"] = asdict(job.lease) if job.lease else None
    record["results"] = [asdict(result) for result in job.results]
    for name in ("missing", "warnings"):
        record[name] = list(record[name])
    return record
