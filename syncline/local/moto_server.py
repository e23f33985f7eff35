"""The moto server that stands in for S3, SQS and DynamoDB. Run as `python -m syncline.local.moto_server PORT`."""

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
    """A queue's attributes. Its messages are counted when somebody asks for that, not whenever one is sent."""

    def __init__(self, queue: Any, count: Callable[[Any], dict[str, Any]]) -> None:
        self._queue = queue
        self._count = count

    @functools.cached_property
    def _all(self) -> dict[str, Any]:
        return self._count(self._queue)

    def get(self, name: str, default: Any = None) -> Any:
        if name == "ContentBasedDeduplication" and not self._queue.fifo_queue:  # what every send wants to know
            return default
        return self._all.get(name, default)

    def __getitem__(self, name: str) -> Any:
        return self._all[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)


def _make_queues_cheap() -> None:
    """Every SQS call of moto walks the whole queue and asks the clock for each message, through several layers.
    Asking it directly makes a backlog of thousands usable."""
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
    """moto weighs a whole record again for every attribute that it gets."""
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
    """For its rollback moto copies the whole table, records and all, at every write of a transaction. Here transactions
    only put, and a put replaces records and changes none, so a copy of the list of records is enough."""
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
