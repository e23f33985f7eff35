"""Find jobs by their metadata: an index of the table over items beside the job records.

A record can be in an index once, and a job has up to 20 metadata entries. So each entry is an item of its own, named
“metadata/<job id>/<name>”, with the name and the value as keys of the index. An item may be out of date: it is written
before its record, and stays when a later revision has no such entry. Readers compare it with the record.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from syncline.core.job import Job
from syncline.core.timestamps import parse_timestamp

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

METADATA_INDEX = "metadata_name-metadata_value"
MAX_BATCH_WRITE_ITEMS = 25  # DynamoDB's limit
_PREFIX = "metadata/"  # a job id contains no slash


class Entry(NamedTuple):
    """A position in the index."""

    name: str
    value: str
    job_id: str


@dataclass(frozen=True, slots=True)
class MetadataIndex:
    client: DynamoDBClient
    table: str

    def put(self, jobs: Iterable[Job]) -> None:
        """Write the entries of the jobs, which expire with them. They replace earlier ones of the same name."""
        self._write([{"PutRequest": {"Item": _item(job, entry)}} for job in jobs for entry in _entries(job)])

    def delete(self, job: Job, *, keep: Iterable[str] = ()) -> None:
        """Delete the entries of the job, except those with the names to keep."""
        entries = [entry for entry in _entries(job) if entry.name not in set(keep)]
        self._write([{"DeleteRequest": {"Key": {"job_id": {"S": _item_id(entry)}}}} for entry in entries])

    def _write(self, requests: list[Any]) -> None:
        for start in range(0, len(requests), MAX_BATCH_WRITE_ITEMS):
            self._write_batch(requests[start : start + MAX_BATCH_WRITE_ITEMS])

    def _write_batch(self, requests: list[Any]) -> None:
        pause = 0.05
        while requests:
            answer = self.client.batch_write_item(RequestItems={self.table: requests})
            requests = list(answer["UnprocessedItems"].get(self.table, []))
            if requests:  # throttled
                pause = min(2.0, 2 * pause)
                time.sleep(random.uniform(0.5, 1) * pause)  # noqa: S311 - no secret

    def find(self, name: str, value: str, *, is_prefix: bool, after: Entry | None = None) -> Iterator[Entry]:
        """The entries with this name and this value, in order of their values. An empty prefix finds all values."""
        condition, values = "metadata_name = :name", {":name": {"S": name}}
        if value:
            condition += " AND " + ("begins_with(metadata_value, :value)" if is_prefix else "metadata_value = :value")
            values[":value"] = {"S": value}
        start = {"ExclusiveStartKey": _keys(after)} if after else {}
        while True:
            answer = self.client.query(
                TableName=self.table,
                IndexName=METADATA_INDEX,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=values,
                **start,  # type: ignore[arg-type]
            )
            yield from map(_entry_of, answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def _entries(job: Job) -> Iterator[Entry]:
    return (Entry(name, value, job.job_id) for name, value in job.metadata.items())


def _item_id(entry: Entry) -> str:
    return f"{_PREFIX}{entry.job_id}/{entry.name}"


def _keys(entry: Entry) -> dict[str, Any]:
    return {
        "job_id": {"S": _item_id(entry)},
        "metadata_name": {"S": entry.name},
        "metadata_value": {"S": entry.value},
    }


def _item(job: Job, entry: Entry) -> dict[str, Any]:
    if job.expires_at is None:
        return _keys(entry)
    return _keys(entry) | {"expires_at": {"N": str(int(parse_timestamp(job.expires_at).timestamp()))}}


def _entry_of(item: Mapping[str, Any]) -> Entry:
    job_id = item["job_id"]["S"].removeprefix(_PREFIX).partition("/")[0]
    return Entry(item["metadata_name"]["S"], item["metadata_value"]["S"], job_id)
