"""List and count job records by state, through an index of the table.

The index's partition key is the record's state. DynamoDB serves about 1,000 writes a second per partition key, and all
changes of all running jobs go to one. A deployment that writes more spreads the records of the busy states over several
keys, "RUNNING#0", "RUNNING#1", and so on. A list also reads the key without a number: it holds the records that were
written before the keys were spread.
"""

from __future__ import annotations

import heapq
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from syncline.core.job import Job, State

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

STATE_INDEX = "state-updated_at"
# Jobs change often in these states, and a large backfill enters the first with hundreds of jobs a second.
BUSY_STATES = (State.QUEUED, State.RUNNING)

Item = dict[str, Any]


class Position(NamedTuple):
    """The last record that a page of a list showed."""

    partition: str
    updated_at: str
    job_id: str


def partition_of(job: Job, shards: int) -> str:
    if shards == 1 or job.state not in BUSY_STATES:
        return job.state.value
    return f"{job.state.value}#{zlib.crc32(job.job_id.encode()) % shards}"


def state_of(partition: str) -> State:
    return State(partition.partition("#")[0])


@dataclass(frozen=True, slots=True)
class StateIndex:
    client: DynamoDBClient
    table: str
    shards: int = 1

    def page(self, state: State, *, limit: int, after: Position | None = None) -> tuple[list[Item], Position | None]:
        """The items of a state after a position, the latest first, and the position of the next page."""
        newest = [self._newest(partition, limit + 1, after) for partition in self._partitions(state)]
        found = list(islice(heapq.merge(*newest, key=_updated_at, reverse=True), limit + 1))
        return found[:limit], _position_of(found[limit - 1]) if len(found) > limit else None

    def count(self, state: State, *, at_most: int, before: str | None = None, queue: str | None = None) -> int:
        """Count the jobs in a state, the latest first. Reads at most `at_most` records of each partition."""
        condition: dict[str, Any] = {"Select": "COUNT", "Limit": at_most}
        names, values = {}, {}
        if queue is not None:
            condition["FilterExpression"] = "#queue = :queue"
            names, values = {"#queue": "queue"}, {":queue": {"S": queue}}
        bound = ("<", before) if before is not None else None
        return sum(
            self._query(partition, bound, names, values, **condition)["Count"] for partition in self._partitions(state)
        )

    def _partitions(self, state: State) -> list[str]:
        if self.shards == 1 or state not in BUSY_STATES:
            return [state.value]
        return [state.value, *(f"{state.value}#{shard}" for shard in range(self.shards))]

    def _newest(self, partition: str, page: int, after: Position | None) -> Iterator[Item]:
        """The items of a partition that a list shows after a position.

        Of the records with the time of that position, the list shows those of an earlier partition first.
        """
        bound, start = None, dict[str, Any]()
        if after and partition == after.partition:
            start = {"ExclusiveStartKey": _key_of(after)}
        elif after:
            bound = ("<" if _number(partition) < _number(after.partition) else "<=", after.updated_at)
        while True:
            answer = self._query(partition, bound, {}, {}, Limit=page, **start)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _query(
        self, partition: str, bound: tuple[str, str] | None, names: dict[str, str], values: Item, **more: Any
    ) -> Any:
        """`bound` is a comparison and the time that `updated_at` is compared with."""
        return self.client.query(
            TableName=self.table,
            IndexName=STATE_INDEX,
            KeyConditionExpression="#state = :state" + (f" AND updated_at {bound[0]} :bound" if bound else ""),
            ExpressionAttributeNames={"#state": "state"} | names,
            ExpressionAttributeValues={":state": {"S": partition}}
            | ({":bound": {"S": bound[1]}} if bound else {})
            | values,
            ScanIndexForward=False,
            **more,
        )


def _number(partition: str) -> int:
    return int(partition.partition("#")[2] or -1)


def _updated_at(item: Item) -> str:
    return str(item["updated_at"]["S"])


def _position_of(item: Item) -> Position:
    return Position(item["state"]["S"], item["updated_at"]["S"], item["job_id"]["S"])


def _key_of(position: Position) -> Item:
    return {
        "state": {"S": position.partition},
        "updated_at": {"S": position.updated_at},
        "job_id": {"S": position.job_id},
    }
