"""SQS for Celery's consumer, in place of kombu's transport of that name.

kombu's reads every message itself, and some messages stop it or make it deaf; it polls all queues alike; it pauses
while no slot is free; and it deletes what it cannot use. Here the receiver polls, the envelope is read by our own
reader, and deliveries settle messages, so that what is left for kombu is to carry well-formed orders to Celery.
"""

from __future__ import annotations

import logging
import queue
import time
from collections.abc import Callable
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, virtual

from syncline.core import message
from syncline.core.message import UnrecognisedMessageError
from worker.deliveries import Deliveries, Delivery
from worker.receiver import Receiver

logger = logging.getLogger(__name__)

SCHEME = "syncline"
# A stranger's message is shown again this soon: SQS moves it to the dead-letter queue after some receives.
STRANGER_AGAIN_SECONDS = 2.0
LONGEST_WAIT_SECONDS = 0.5  # for the next order; signals and acknowledgements are seen in between


class Inbox:
    """What the channel needs of this worker. kombu makes its channels itself, and passes on only its options."""

    def __init__(self, receiver: Receiver, deliveries: Deliveries) -> None:
        self.receiver = receiver
        self.deliveries = deliveries
        self.asked_at = time.monotonic()

    def start(self) -> None:
        self.receiver.start()

    @property
    def listening(self) -> bool:
        """Whether the consumer still asks for messages, and the receiver still has its threads."""
        return self.receiver.alive and time.monotonic() - self.asked_at < 60 * LONGEST_WAIT_SECONDS

    def next(self, *, timeout: float) -> Delivery:
        self.asked_at = time.monotonic()
        return self.receiver.ready.get(timeout=timeout)


class Channel(virtual.Channel):
    # Messages that are still held when the channel closes are settled by the worker's own stop, not put back by kombu.
    do_restore = False

    @property
    def inbox(self) -> Inbox:
        inbox: Inbox | None = self.connection.client.transport_options["hands"].inbox
        if inbox is None:
            raise RuntimeError("only a worker that has started receives messages")
        return inbox

    def basic_consume(self, queue: str, *args: Any, **kwargs: Any) -> Any:
        self.inbox.start()
        return super().basic_consume(queue, *args, **kwargs)  # type: ignore[no-untyped-call]  # kombu has few types

    def drain_events(self, timeout: float | None = None, callback: Callable[..., Any] | None = None) -> None:
        """Hand one order to Celery; raises queue.Empty, as kombu wants it, when there is none for a while."""
        delivery = self.inbox.next(timeout=min(timeout or LONGEST_WAIT_SECONDS, LONGEST_WAIT_SECONDS))
        try:
            order = message.read(delivery.body)
        except UnrecognisedMessageError as reason:
            logger.error("a message that is no order: %s", reason, extra={"receives": delivery.receives})
            self.inbox.deliveries.later(delivery, seconds=STRANGER_AGAIN_SECONDS)
            raise queue.Empty from reason
        payload = message.kombu_payload(order, delivery_tag=delivery.handle, queue=delivery.queue)
        try:
            self.connection._deliver(payload, delivery.queue)
        except Exception:
            logger.exception("Celery refused an order", extra={"job_id": order.job_id})
            self.inbox.deliveries.later(delivery, seconds=STRANGER_AGAIN_SECONDS)

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:
        self._settled(delivery_tag)
        super().basic_ack(delivery_tag, multiple=multiple)  # type: ignore[no-untyped-call]

    def basic_reject(self, delivery_tag: str, requeue: bool = False) -> None:
        self._settled(delivery_tag)
        super().basic_reject(delivery_tag, requeue=False)  # type: ignore[no-untyped-call]

    def _settled(self, handle: str) -> None:
        """The task has settled its message by itself. What Celery ends without running it stays in SQS."""
        self.inbox.deliveries.let_go(handle)

    def _new_queue(self, queue: str, **_: Any) -> None:
        """The queues exist; kombu has nothing to make."""

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
