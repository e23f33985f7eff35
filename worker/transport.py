"""Deliver SQS messages to Celery's consumer, in place of kombu's own SQS transport.

Some messages stop kombu's transport or make it stop receiving; it polls all queues alike; it pauses while no slot is
free; and it deletes what it cannot use. Here the receiver polls, `syncline.core.message` reads every message, and
`InFlightMessages` settles it. kombu only carries well-formed messages to Celery.
"""

from __future__ import annotations

import logging
import queue
import time
from collections.abc import Callable
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, virtual

from syncline.aws.received_messages import ReceivedMessage
from syncline.core import message
from syncline.core.message import UnrecognisedMessageError
from worker.deliveries import InFlightMessages
from worker.receiver import Receiver

logger = logging.getLogger(__name__)

SCHEME = "syncline"
# An unrecognised message comes back this soon: after some receives, SQS moves it to the dead-letter queue.
UNRECOGNISED_RETRY_SECONDS = 2.0
MAX_WAIT_SECONDS = 0.5  # for the next message; Celery handles signals and acknowledgements in between


class Inbox:
    """What the channel needs of the runtime. kombu creates its channels itself and passes on only its options."""

    def __init__(self, receiver: Receiver, in_flight: InFlightMessages) -> None:
        self.receiver = receiver
        self.in_flight = in_flight
        self.asked_at = time.monotonic()

    def start(self) -> None:
        self.receiver.start()

    def is_consuming(self) -> bool:
        """Whether the consumer still asks for messages, and both receiver threads are alive."""
        return self.receiver.alive and time.monotonic() - self.asked_at < 60 * MAX_WAIT_SECONDS

    def next(self, *, timeout: float) -> ReceivedMessage:
        """Raises queue.Empty."""
        self.asked_at = time.monotonic()
        return self.receiver.ready.get(timeout=timeout)


class Channel(virtual.Channel):
    # The worker's own stop settles the messages that are in flight when the channel closes, not kombu.
    do_restore = False

    @property
    def inbox(self) -> Inbox:
        inbox: Inbox | None = self.connection.client.transport_options["link"].inbox
        if inbox is None:
            raise RuntimeError("only a worker that has started receives messages")
        return inbox

    def basic_consume(self, queue: str, *args: Any, **kwargs: Any) -> Any:
        self.inbox.start()
        return super().basic_consume(queue, *args, **kwargs)  # type: ignore[no-untyped-call]  # kombu has few types

    def drain_events(self, timeout: float | None = None, callback: Callable[..., Any] | None = None) -> None:
        """Hand one message to Celery. Raises queue.Empty, as kombu expects, if none arrives in time."""
        received = self.inbox.next(timeout=min(timeout or MAX_WAIT_SECONDS, MAX_WAIT_SECONDS))
        try:
            job = message.read(received.body)
        except UnrecognisedMessageError as reason:
            logger.error("unrecognised message: %s", reason, extra={"receives": received.receive_count})
            self.inbox.in_flight.retry_later(received, seconds=UNRECOGNISED_RETRY_SECONDS)
            raise queue.Empty from reason
        payload = message.kombu_payload(job, delivery_tag=received.handle, queue=received.queue)
        try:
            self.connection._deliver(payload, received.queue)
        except Exception:
            logger.exception("Celery refused a message", extra={"job_id": job.job_id})
            self.inbox.in_flight.retry_later(received, seconds=UNRECOGNISED_RETRY_SECONDS)

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:
        self._release(delivery_tag)
        super().basic_ack(delivery_tag, multiple=multiple)  # type: ignore[no-untyped-call]

    def basic_reject(self, delivery_tag: str, requeue: bool = False) -> None:
        self._release(delivery_tag)
        super().basic_reject(delivery_tag, requeue=False)  # type: ignore[no-untyped-call]

    def _release(self, handle: str) -> None:
        """The task has settled its message already. A message that Celery drops without a task stays in SQS."""
        self.inbox.in_flight.release(handle)

    def _new_queue(self, queue: str, **_: Any) -> None:
        """The queues exist: kombu has nothing to create."""

    def _size(self, queue: str) -> int:
        return 0

    def _put(self, queue: str, message: Any, **_: Any) -> None:
        raise NotImplementedError("workers only receive")

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        raise NotImplementedError("messages come through drain_events")

    def _purge(self, queue: str) -> int:
        raise NotImplementedError("workers only receive")


class Transport(virtual.Transport):
    Channel = Channel
    driver_type = "sqs"
    driver_name = "syncline"
    polling_interval = 0.001  # the channel itself waits


def register() -> None:
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:{Transport.__name__}"
