"""Run moto's server in place of S3, SQS and DynamoDB: `python -m syncline.local.moto_server PORT`.

The patches make moto fast enough for backlogs of thousands of messages and records.
"""

from __future__ import annotations

import copy
import functools
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from syncline.processes.parent_death import exit_with_parent

MAX_RECORD_BYTES = 400 * 1024


class _Attributes(Mapping[str, Any]):
    """A queue's attributes. Counting its messages waits until a caller asks for a count: moto does it on every send."""

    def __init__(self, queue: Any, count: Callable[[Any], dict[str, Any]]) -> None:
        self._queue = queue
        self._count = count

    @functools.cached_property
    def _all(self) -> dict[str, Any]:
        return self._count(self._queue)

    def get(self, name: str, default: Any = None) -> Any:
        if name == "ContentBasedDeduplication" and not self._queue.fifo_queue:  # read on every send
            return default
        return self._all.get(name, default)

    def __getitem__(self, name: str) -> Any:
        return self._all[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)


def _make_queues_cheap() -> None:
    """Every SQS call of moto iterates over the whole queue and reads the clock for each message through several
    layers. Here it reads the clock directly."""
    from moto.core.utils import camelcase_to_underscores
    from moto.sqs import models

    count = vars(models.Queue)["attributes"].fget
    patches: dict[Any, dict[str, Any]] = {
        models: {
            "unix_time_millis": lambda _=None: time.time() * 1000,
            "camelcase_to_underscores": functools.cache(camelcase_to_underscores),
        },
        models.Queue: {"attributes": property(lambda queue: _Attributes(queue, count))},
        models.Message: {
            "visible": property(lambda self: time.time() * 1000 > self.visible_at),
            "delayed": property(lambda self: time.time() * 1000 < self.delayed_until),
        },
    }
    for target, changes in patches.items():
        for name, value in changes.items():
            setattr(target, name, value)


def _make_records_cheap() -> None:
    """moto computes the size of the whole record for every attribute that is set. Here it adds up the sizes."""
    from moto.dynamodb.exceptions import ItemSizeTooLarge
    from moto.dynamodb.models.dynamo_type import DynamoType, LimitedSizeDict
    from moto.dynamodb.models.utilities import bytesize

    def set_item(record: Any, key: str, value: Any) -> None:
        weight = value.size() if isinstance(value, DynamoType) else bytesize(str(value))
        record.weight = getattr(record, "weight", 0) + bytesize(key) + weight
        if record.weight > MAX_RECORD_BYTES:
            raise ItemSizeTooLarge
        dict.__setitem__(record, key, value)

    setattr(LimitedSizeDict, "__setitem__", set_item)  # noqa: B010 - mypy takes no assignment to a method


def make_transactions_cheap() -> None:
    """For a rollback, moto copies the table with all of its records at every write of a transaction. Syncline's
    transactions only put, and a put replaces records without changing them, so a copy of the table's list is enough."""
    from moto.dynamodb.models.table import Table

    def copied(table: Any, _: Any) -> Any:
        twin = copy.copy(table)
        twin.items = table.items.copy()
        return twin

    setattr(Table, "__deepcopy__", copied)  # noqa: B010 - not declared there


def main(port: str) -> None:
    exit_with_parent()
    from moto.server import main as serve

    _make_queues_cheap()
    _make_records_cheap()
    make_transactions_cheap()
    serve(["-H", "127.0.0.1", "-p", port])


if __name__ == "__main__":
    main(sys.argv[1])
