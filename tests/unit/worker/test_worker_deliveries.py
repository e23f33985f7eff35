from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import EndpointConnectionError

from worker.deliveries import Deliveries, Delivery


@dataclass
class Sqs:
    """In memory, with an outage when wanted."""

    deleted: list[str] = field(default_factory=list)
    visibility: dict[str, int] = field(default_factory=dict)
    reachable: bool = True

    def _answer(self) -> None:
        if not self.reachable:
            raise EndpointConnectionError(endpoint_url="https://sqs")

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> None:
        self._answer()
        self.deleted.append(ReceiptHandle)

    def change_message_visibility(self, *, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> None:
        self._answer()
        self.visibility[ReceiptHandle] = VisibilityTimeout

    def change_message_visibility_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        self._answer()
        self.visibility |= {entry["ReceiptHandle"]: entry["VisibilityTimeout"] for entry in Entries}
        return {}


def delivery(handle: str, queue_url: str = "url") -> Delivery:
    return Delivery(handle, "live", queue_url, "body", 1, 0.0, 0.0)


def of(sqs: Sqs, *, slots: int) -> Deliveries:
    return Deliveries(sqs, slots=slots)  # type: ignore[arg-type]


def test_what_cannot_start_now_goes_back_at_once() -> None:
    sqs = Sqs()
    deliveries = of(sqs, slots=2)

    taken = deliveries.take([delivery("a"), delivery("b", "other"), delivery("c", "other")])

    assert [each.handle for each in taken] == ["a", "b"]
    assert sqs.visibility == {"c": 0}
    assert deliveries.room(timeout=0) == 0


def test_a_slot_that_becomes_free_is_noticed_at_once() -> None:
    deliveries = of(Sqs(), slots=1)
    (held,) = deliveries.take([delivery("a")])
    threading.Timer(0.05, deliveries.done, [held]).start()
    began = time.monotonic()

    assert deliveries.room(timeout=5) == 1
    assert time.monotonic() - began < 2


def test_nothing_is_taken_once_it_is_closed() -> None:
    sqs = Sqs()
    deliveries = of(sqs, slots=2)
    deliveries.take([delivery("a")])
    deliveries.close()

    assert deliveries.room(timeout=5) == 0
    assert deliveries.take([delivery("b")]) == []
    assert sqs.visibility == {"b": 0}
    deliveries.give_back()
    assert sqs.visibility == {"a": 0, "b": 0}
    assert not deliveries.held()


def test_an_outage_of_the_queue_frees_the_slot_all_the_same() -> None:
    sqs = Sqs(reachable=False)
    deliveries = of(sqs, slots=2)
    first, second = deliveries.take([delivery("a"), delivery("b")])
    deliveries.extend(seconds=90)
    deliveries.done(first)
    deliveries.later(second, seconds=5)

    assert deliveries.room(timeout=0) == 2


def test_a_message_is_put_off_for_no_longer_than_sqs_allows() -> None:
    sqs = Sqs()
    deliveries = of(sqs, slots=2)
    for handle, seconds in (("a", 10.0**9), ("b", -3.0)):
        (held,) = deliveries.take([delivery(handle)])
        deliveries.later(held, seconds=seconds)

    assert sqs.visibility == {"a": 43_200, "b": 0}
