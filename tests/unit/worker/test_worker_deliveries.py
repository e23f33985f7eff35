from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import EndpointConnectionError

from syncline.aws.received_messages import ReceivedMessage
from worker.deliveries import InFlightMessages


@dataclass
class Sqs:
    """In memory, and unreachable on request."""

    deleted: list[str] = field(default_factory=list)
    visibility: dict[str, int] = field(default_factory=dict)
    reachable: bool = True

    def _check(self) -> None:
        if not self.reachable:
            raise EndpointConnectionError(endpoint_url="https://sqs")

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> None:
        self._check()
        self.deleted.append(ReceiptHandle)

    def change_message_visibility(self, *, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> None:
        self._check()
        self.visibility[ReceiptHandle] = VisibilityTimeout

    def change_message_visibility_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        self._check()
        assert len(Entries) <= 10
        self.visibility |= {entry["ReceiptHandle"]: entry["VisibilityTimeout"] for entry in Entries}
        return {}


def message(handle: str, queue_url: str = "url") -> ReceivedMessage:
    return ReceivedMessage(handle, "live", queue_url, "body", 1, time.time(), time.time())


def tracker(sqs: Sqs, *, slots: int) -> InFlightMessages:
    return InFlightMessages(sqs, slots=slots)  # type: ignore[arg-type]


def test_messages_without_a_free_slot_become_visible_at_once() -> None:
    sqs = Sqs()
    in_flight = tracker(sqs, slots=2)

    accepted = in_flight.accept([message("a"), message("b", "other"), message("c", "other")])

    assert [each.handle for each in accepted] == ["a", "b"]
    assert sqs.visibility == {"c": 0}
    assert in_flight.wait_for_slots(timeout=0) == 0


def test_a_slot_that_becomes_free_ends_the_wait() -> None:
    in_flight = tracker(Sqs(), slots=1)
    (accepted,) = in_flight.accept([message("a")])
    found: list[int] = []
    waiting = threading.Thread(target=lambda: found.append(in_flight.wait_for_slots(timeout=3600)))
    waiting.start()
    in_flight.delete(accepted)
    waiting.join(60)

    assert found == [1]


def test_nothing_is_accepted_after_close() -> None:
    sqs = Sqs()
    in_flight = tracker(sqs, slots=2)
    in_flight.accept([message("a")])
    in_flight.close()

    assert in_flight.wait_for_slots(timeout=5) == 0
    assert in_flight.accept([message("b")]) == []
    assert sqs.visibility == {"b": 0}
    in_flight.return_all()
    assert sqs.visibility == {"a": 0, "b": 0}
    assert len(in_flight) == 0


def test_an_outage_of_sqs_frees_the_slot() -> None:
    sqs = Sqs(reachable=False)
    in_flight = tracker(sqs, slots=2)
    first, second = in_flight.accept([message("a"), message("b")])
    in_flight.extend(seconds=90)
    in_flight.delete(first)
    in_flight.retry_later(second, seconds=5)

    assert in_flight.wait_for_slots(timeout=0) == 2


def test_a_delay_becomes_a_visibility_timeout() -> None:
    sqs = Sqs()
    in_flight = tracker(sqs, slots=1)
    (accepted,) = in_flight.accept([message("a")])
    in_flight.retry_later(accepted, seconds=5.4)

    assert sqs.visibility == {"a": 5}
    assert in_flight.wait_for_slots(timeout=0) == 1


def test_visibility_is_extended_ten_messages_at_a_time() -> None:
    sqs = Sqs()
    in_flight = tracker(sqs, slots=30)
    in_flight.accept([message(str(number)) for number in range(23)])

    in_flight.extend(seconds=90)

    assert sqs.visibility == {str(number): 90 for number in range(23)}


def test_a_message_that_was_made_visible_is_not_extended() -> None:
    sqs = Sqs()
    in_flight = tracker(sqs, slots=1)
    (accepted,) = in_flight.accept([message("a")])

    in_flight.show(accepted)
    in_flight.extend(seconds=90)

    assert sqs.visibility == {"a": 0}
    assert in_flight.wait_for_slots(timeout=0) == 0
