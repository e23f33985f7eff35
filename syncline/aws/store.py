"""The job records in DynamoDB: the truth about a job. Every write is conditional on the version that was read."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from syncline.aws.attributes import decode, encode
from syncline.core.job import Job, Lease, Result, State

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

STATE_INDEX = "state-updated_at"
FIELDS = tuple(item.name for item in fields(Job))

# What `syncline local` creates; Terraform declares the same.
TABLE_DEFINITION: dict[str, Any] = {
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [
        {"AttributeName": "job_id", "AttributeType": "S"},
        {"AttributeName": "state", "AttributeType": "S"},
        {"AttributeName": "updated_at", "AttributeType": "S"},
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
        }
    ],
}

UNCHANGED_SINCE_READ = "#version = :read"
NOT_THERE_YET = "attribute_not_exists(job_id)"

# Those that start as "", nothing, nought or false. Not so `recording_bytes`: a recording may have 0.
_EMPTY_UNLESS_SAID = ("options", "missing", "message_sent", "progress", "attempts", "results", "stats", "warnings")


MOST_KEYS = 100  # of one BatchGetItem
TRANSACTION_TRIES = 9
_CONDITION_FAILED = "ConditionalCheckFailed"
_RUN_PREFIX = "backfill/"  # no job_id holds a slash


@dataclass(frozen=True, slots=True)
class SentBatches:
    """Batches of one backfill whose messages are in the queue: all up to `through` that are not `open`."""

    through: int = 0
    open: frozenset[int] = frozenset()

    def __contains__(self, number: int) -> bool:
        return number <= self.through and number not in self.open


class WriteConflictError(Exception):
    """Raised when the record changed between the read and the write: read again and decide again."""


@dataclass(frozen=True, slots=True)
class JobStore:
    client: DynamoDBClient
    table: str

    def get(self, job_id: str) -> Job | None:
        answer = self.client.get_item(TableName=self.table, Key={"job_id": {"S": job_id}}, ConsistentRead=True)
        return from_item(answer["Item"]) if "Item" in answer else None

    def get_many(self, job_ids: list[str]) -> list[Job]:
        """Those that exist, in no order."""
        stretches = [job_ids[start : start + MOST_KEYS] for start in range(0, len(job_ids), MOST_KEYS)]
        return [job for stretch in stretches for job in self._get_stretch(stretch)]

    def _get_stretch(self, job_ids: list[str]) -> list[Job]:
        keys: list[Any] = [{"job_id": {"S": job_id}} for job_id in job_ids]
        jobs: list[Job] = []
        pause = 0.05
        while keys:
            answer = self.client.batch_get_item(RequestItems={self.table: {"Keys": keys, "ConsistentRead": True}})
            jobs += [from_item(item) for item in answer["Responses"].get(self.table, [])]
            left = answer["UnprocessedKeys"].get(self.table)
            keys = left["Keys"] if left else []
            if keys:  # throttled
                pause = min(2.0, 2 * pause)
                time.sleep(random.uniform(0.5, 1) * pause)  # noqa: S311 - no secret
        return jobs

    def put(self, job: Job) -> Job:
        """Write the next record over the version it came from; raises WriteConflictError if somebody was faster."""
        written = _written(job)
        with _conflicts_named():
            self.client.put_item(**self._writing(written))
        return written

    def put_many(self, jobs: Sequence[Job]) -> tuple[list[Job], list[Job]]:
        """At most 100, in one request -> the records that were written, and those for which somebody was faster."""
        left, outrun = list(jobs), list[Job]()
        for attempt in range(TRANSACTION_TRIES):
            if not left:
                return [], outrun
            written = [_written(job) for job in left]
            try:
                self.client.transact_write_items(TransactItems=[{"Put": self._writing(job)} for job in written])
                return written, outrun
            except ClientError as error:
                reasons = _reasons_of_cancellation(error, len(left))
            outrun += [job for job, reason in zip(left, reasons, strict=True) if reason == _CONDITION_FAILED]
            left = [job for job, reason in zip(left, reasons, strict=True) if reason != _CONDITION_FAILED]
            if any(reason not in ("None", _CONDITION_FAILED) for reason in reasons):  # somebody is writing right now
                time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - no secret
        written, faster = self.put_each(left)
        return written, outrun + faster

    def put_each(self, jobs: Iterable[Job]) -> tuple[list[Job], list[Job]]:
        """The same with one request per record."""
        written, outrun = list[Job](), list[Job]()
        for job in jobs:
            try:
                written.append(self.put(job))
            except WriteConflictError:
                outrun.append(job)
        return written, outrun

    def _writing(self, written: Job) -> Any:
        read = written.version - 1
        condition: dict[str, Any] = (
            {
                "ConditionExpression": UNCHANGED_SINCE_READ,
                "ExpressionAttributeNames": {"#version": "version"},
                "ExpressionAttributeValues": {":read": {"N": str(read)}},
            }
            if read
            else {"ConditionExpression": NOT_THERE_YET}
        )
        return {"TableName": self.table, "Item": to_item(written), **condition}

    def put_sent_batches(self, run: str, sent: SentBatches) -> None:
        """Which batches of messages a backfill has sent: an item beside the job records, found only by its name."""
        self.client.put_item(
            TableName=self.table,
            Item={
                "job_id": {"S": _RUN_PREFIX + run},
                "through": {"N": str(sent.through)},
                "open": {"L": [{"N": str(number)} for number in sorted(sent.open)]},
            },
        )

    def get_sent_batches(self, run: str) -> SentBatches:
        key = {"job_id": {"S": _RUN_PREFIX + run}}
        item = self.client.get_item(TableName=self.table, Key=key, ConsistentRead=True).get("Item")
        if item is None:
            return SentBatches()
        return SentBatches(int(item["through"]["N"]), frozenset(int(number["N"]) for number in item["open"]["L"]))

    def delete(self, job: Job) -> None:
        with _conflicts_named():
            self.client.delete_item(
                TableName=self.table,
                Key={"job_id": {"S": job.job_id}},
                ConditionExpression=UNCHANGED_SINCE_READ,
                ExpressionAttributeNames={"#version": "version"},
                ExpressionAttributeValues={":read": {"N": str(job.version)}},
            )

    def in_state(
        self, state: State, *, limit: int, start: dict[str, Any] | None = None, newest_first: bool = True
    ) -> tuple[list[Job], dict[str, Any] | None]:
        """A page of jobs, and where the next page starts."""
        query: dict[str, Any] = {"ExclusiveStartKey": start} if start else {}
        answer = self.client.query(
            TableName=self.table,
            IndexName=STATE_INDEX,
            KeyConditionExpression="#state = :state",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={":state": {"S": state.value}},
            ScanIndexForward=not newest_first,
            Limit=limit,
            **query,
        )
        return [from_item(item) for item in answer["Items"]], answer.get("LastEvaluatedKey")

    def all_in_state(self, state: State, *, page: int = 200) -> Iterator[Job]:
        start = None
        while True:
            jobs, start = self.in_state(state, limit=page, start=start)
            yield from jobs
            if start is None:
                return

    def count(self, state: State, *, at_most: int, before: str | None = None, queue: str | None = None) -> int:
        """How many jobs of a state there are, the latest first, looking at no more than `at_most`."""
        names, values = {"#state": "state"}, {":state": {"S": state.value}}
        keys, how = "#state = :state", {}
        if before is not None:
            keys += " AND updated_at < :before"
            values[":before"] = {"S": before}
        if queue is not None:
            names["#queue"], values[":queue"] = "queue", {"S": queue}
            how = {"FilterExpression": "#queue = :queue"}
        answer = self.client.query(
            TableName=self.table,
            IndexName=STATE_INDEX,
            KeyConditionExpression=keys,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
            ScanIndexForward=False,
            Select="COUNT",
            Limit=at_most,
            **how,  # type: ignore[arg-type]
        )
        return answer["Count"]

    def answers(self) -> bool:
        """Whether the table can be read at all; raises what boto3 raises when it cannot."""
        self.client.get_item(TableName=self.table, Key={"job_id": {"S": "health"}})
        return True


class _conflicts_named:
    """Translates the one expected refusal; every other error goes on as it is."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ClientError) and error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            raise WriteConflictError from error


def _written(job: Job) -> Job:
    return replace(job, version=job.version + 1)


def _reasons_of_cancellation(error: ClientError, count: int) -> list[str]:
    """One code for each write of a transaction, "None" where nothing was wrong; raises any other error again."""
    if error.response["Error"]["Code"] != "TransactionCanceledException":
        raise error
    reasons = [reason.get("Code", "None") for reason in error.response.get("CancellationReasons", [])]
    if len(reasons) != count:
        raise error
    return reasons


def to_item(job: Job) -> dict[str, Any]:
    # What a record without them means anyway is left out: DynamoDB bills by size, names included.
    record = {key: value for key, value in as_record(job).items() if value is not None and not _is_implied(key, value)}
    return {key: encode(value) for key, value in record.items()}


def _is_implied(name: str, value: Any) -> bool:
    return name in _EMPTY_UNLESS_SAID and not value


def from_item(item: dict[str, Any]) -> Job:
    record = {key: decode(value) for key, value in item.items()}
    record["state"] = State(record["state"])
    if record.get("lease"):
        record["lease"] = Lease(**record["lease"])
    record["results"] = tuple(Result(**result) for result in record.get("results", ()))
    for name in ("missing", "warnings"):
        record[name] = tuple(record.get(name, ()))
    # A newer version may have written fields that this one does not know yet (during an upgrade both run).
    return Job(**{key: value for key, value in record.items() if key in FIELDS})


def as_record(job: Job) -> dict[str, Any]:
    """The job as plain values, as it is written to the table and to results/.../job.json."""
    record = {name: getattr(job, name) for name in FIELDS}
    record["state"] = job.state.value
    record["lease"] = asdict(job.lease) if job.lease else None
    record["results"] = [asdict(result) for result in job.results]
    for name in ("missing", "warnings"):
        record[name] = list(record[name])
    return record
