"""The messages in this worker's hands: from the moment SQS hands one over until it is settled, in one of three ways.

    done        deleted: the job's record says all that there is to say
    later       visible again in so many seconds, for whoever is free then
    let go      left as it is: another worker has the job, or SQS is to move the message to the dead-letter queue

There is no fourth: nothing is deleted because something went wrong.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

logger = logging.getLogger(__name__)

LONGEST_VISIBILITY_SECONDS = 12 * 3600  # SQS's own limit, counted from the receipt
BATCH = 10  # SQS's own limit


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message as it was received this time. `sent_at` and `received_at` are seconds since the epoch."""

    handle: str
    queue: str
    queue_url: str
    body: str
    receives: int
    sent_at: float
    received_at: float

    @classmethod
    def of(cls, message: Any, *, queue: str, queue_url: str) -> Delivery:
        attributes = message.get("Attributes", {})
        return cls(
            handle=message["ReceiptHandle"],
            queue=queue,
            queue_url=queue_url,
            body=message["Body"],
            receives=int(attributes.get("ApproximateReceiveCount", 1)),
            sent_at=int(attributes.get("SentTimestamp", 0)) / 1000,
            received_at=time.time(),
        )


class Deliveries:
    """`slots` is how many jobs run at once: nothing is received that could not start now, because a message
    that waits behind a long job here is one that an idle worker elsewhere does not get."""

    def __init__(self, sqs: SQSClient, *, slots: int) -> None:
        self._sqs = sqs
        self._slots = slots
        self._held: dict[str, Delivery] = {}
        self._abandoned: set[str] = set()
        self._changed = threading.Condition()
        self._closed = False

    @property
    def closed(self) -> bool:
        return self._closed

    def held(self) -> list[Delivery]:
        with self._changed:
            return list(self._held.values())

    def get(self, handle: str) -> Delivery | None:
        with self._changed:
            return self._held.get(handle)

    def room(self, *, timeout: float) -> int:
        """How many more could start now; waits for the first. 0 after the timeout, or when nothing more is wanted."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._held) < self._slots, timeout)
            return 0 if self._closed else max(0, self._slots - len(self._held))

    def take(self, deliveries: Iterable[Delivery]) -> list[Delivery]:
        """-> those that are ours now. The rest go back at once: the slots were filled meanwhile, or we are stopping."""
        taken, refused = [], []
        with self._changed:
            for delivery in deliveries:
                if self._closed or len(self._held) >= self._slots:
                    refused.append(delivery)
                else:
                    self._held[delivery.handle] = delivery
                    taken.append(delivery)
        self._show(refused)
        return taken

    def close(self) -> None:
        """Nothing more is taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def done(self, delivery: Delivery) -> None:
        try:
            self._sqs.delete_message(QueueUrl=delivery.queue_url, ReceiptHandle=delivery.handle)
        except (ClientError, BotoCoreError) as error:
            # It comes again, and its record will say that there is nothing to do.
            logger.warning("could not delete a message: %s", error)
        finally:
            self.let_go(delivery.handle)

    def later(self, delivery: Delivery, *, seconds: float) -> None:
        visibility = max(0, min(round(seconds), LONGEST_VISIBILITY_SECONDS))
        try:
            self._sqs.change_message_visibility(
                QueueUrl=delivery.queue_url, ReceiptHandle=delivery.handle, VisibilityTimeout=visibility
            )
        except (ClientError, BotoCoreError) as error:
            logger.warning("could not put a message off: %s", error)  # it comes when its visibility ends
        finally:
            self.let_go(delivery.handle)

    def let_go(self, handle: str) -> None:
        with self._changed:
            self._held.pop(handle, None)
            self._abandoned.discard(handle)
            self._changed.notify_all()

    def abandon(self, delivery: Delivery) -> None:
        """Anybody may have the message, though what was started for it still takes up its slot here."""
        with self._changed:
            self._abandoned.add(delivery.handle)
        self._show([delivery])

    def extend(self, *, seconds: int) -> None:
        """Keep everything that is held out of other workers' sight for so long from now."""
        self._change_visibility([each for each in self.held() if each.handle not in self._abandoned], seconds)

    def give_back(self) -> None:
        """Whatever is still held becomes visible to other workers at once."""
        held = self.held()
        self._show(held)
        for delivery in held:
            self.let_go(delivery.handle)

    def _show(self, deliveries: list[Delivery]) -> None:
        self._change_visibility(deliveries, 0)

    def _change_visibility(self, deliveries: list[Delivery], seconds: int) -> None:
        by_queue = sorted(deliveries, key=lambda delivery: delivery.queue_url)
        for url, group in groupby(by_queue, key=lambda delivery: delivery.queue_url):
            own = list(group)
            for start in range(0, len(own), BATCH):
                self._change_batch(url, own[start : start + BATCH], seconds)

    def _change_batch(self, url: str, deliveries: list[Delivery], seconds: int) -> None:
        try:
            answer = self._sqs.change_message_visibility_batch(
                QueueUrl=url,
                Entries=[
                    {"Id": str(index), "ReceiptHandle": delivery.handle, "VisibilityTimeout": seconds}
                    for index, delivery in enumerate(deliveries)
                ],
            )
        except (ClientError, BotoCoreError) as error:
            logger.warning("could not change the visibility of %d messages: %s", len(deliveries), error)
            return
        for failed in answer.get("Failed", []):
            if self.get(deliveries[int(failed["Id"])].handle):  # settled meanwhile otherwise
                logger.warning("could not change the visibility of a message: %s", failed.get("Message"))
