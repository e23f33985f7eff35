"""How the worker receives: the parameters of its requests to SQS."""

from __future__ import annotations

import threading
from typing import Any

from worker.deliveries import InFlightMessages
from worker.receiver import Receiver


class Sqs:
    """Records the first request, and then finds the queues empty."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.received = threading.Event()

    def receive_message(self, **request: Any) -> dict[str, Any]:
        self.requests.append(request)
        self.received.set()
        return {}


def test_a_message_is_invisible_for_the_length_of_a_lease_whatever_its_queue_says() -> None:
    sqs = Sqs()
    in_flight = InFlightMessages(sqs, slots=1)
    receiver = Receiver(sqs, in_flight, live_url="live", bulk_url="bulk", wait_seconds=0, lease_seconds=90)
    receiver.start()
    assert sqs.received.wait(10)
    in_flight.close()
    receiver.join()
    assert {request["VisibilityTimeout"] for request in sqs.requests} == {90}
