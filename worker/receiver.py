"""Takes messages from the two queues: bulk only while live is empty.

SQS answers a long poll the moment there is a message. So a poll of the live queue that has been waiting for a while
says that the queue is empty now, and keeps saying so until it returns: as long as it waits, bulk may be asked.

    live   |--- long poll, unanswered ------------------------------|message|--- long poll ---
    bulk       ^ from here on: asked whenever a slot is free        ^ not asked
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from worker.deliveries import Deliveries, Delivery

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

logger = logging.getLogger(__name__)

LIVE_IS_EMPTY_AFTER_SECONDS = 0.5  # an SQS long poll that finds something answers in a tenth of this
BULK_IS_EMPTY_PAUSE_SECONDS = 4.0  # nobody waits for bulk, and every question costs
ROOM_CHECK_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
MOST_AT_ONCE = 10  # SQS's own limit


class Receiver:
    """Two threads, one per queue; `ready` is where the consumer finds what they received."""

    def __init__(
        self, sqs: SQSClient, deliveries: Deliveries, *, live_url: str, bulk_url: str, wait_seconds: int
    ) -> None:
        self.ready: SimpleQueue[Delivery] = SimpleQueue()
        self._sqs = sqs
        self._deliveries = deliveries
        self._wait_seconds = wait_seconds
        self._live_poll_began: float | None = None
        self._threads = [
            _thread("live", lambda: self._receive("live", live_url, self._poll_live)),
            _thread("bulk", lambda: self._receive("bulk", bulk_url, self._poll_bulk)),
        ]

    def start(self) -> None:
        for thread in self._threads:
            if not thread.is_alive():
                thread.start()

    @property
    def alive(self) -> bool:
        return all(thread.is_alive() for thread in self._threads)

    def join(self) -> None:
        """A poll that is under way is waited for: SQS could hand its messages to a closed connection, and hide them."""
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def _receive(self, queue: str, url: str, poll: Callable[[str, str], None]) -> None:
        failures = 0
        while not self._deliveries.closed:
            try:
                poll(queue, url)
                failures = 0
            except Exception as error:  # a thread that ends here is a worker that is alive and deaf
                expected = isinstance(error, ClientError | BotoCoreError)
                logger.warning("cannot receive from %s: %s", queue, error, exc_info=not expected)
                failures += 1
                time.sleep(random.uniform(0.5, 1) * min(LONGEST_PAUSE_SECONDS, 0.5 * 2**failures))  # noqa: S311

    def _poll_live(self, queue: str, url: str) -> None:
        room = self._deliveries.room(timeout=ROOM_CHECK_SECONDS)
        if not room:
            return
        self._live_poll_began = time.monotonic()
        try:
            self._poll(queue, url, most=room, wait_seconds=self._wait_seconds)
        finally:
            self._live_poll_began = None

    def _poll_bulk(self, queue: str, url: str) -> None:
        room = self._deliveries.room(timeout=ROOM_CHECK_SECONDS)
        if not room:
            return
        if not self._live_is_empty():
            time.sleep(LIVE_IS_EMPTY_AFTER_SECONDS / 10)
            return
        # A second: long enough for SQS to ask all of its servers, too short for live to fill up behind our back.
        if not self._poll(queue, url, most=room, wait_seconds=min(1, self._wait_seconds)):
            time.sleep(min(BULK_IS_EMPTY_PAUSE_SECONDS, self._wait_seconds))

    def _live_is_empty(self) -> bool:
        began = self._live_poll_began
        return began is not None and time.monotonic() - began > LIVE_IS_EMPTY_AFTER_SECONDS

    def _poll(self, queue: str, url: str, *, most: int, wait_seconds: int) -> int:
        answer = self._sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=min(most, MOST_AT_ONCE),
            WaitTimeSeconds=wait_seconds,
            MessageSystemAttributeNames=["ApproximateReceiveCount", "SentTimestamp"],
        )
        received = [Delivery.of(message, queue=queue, queue_url=url) for message in answer.get("Messages", [])]
        for delivery in self._deliveries.take(received):
            self.ready.put(delivery)
        return len(received)


def _thread(queue: str, target: Callable[[], None]) -> threading.Thread:
    return threading.Thread(target=target, name=f"receive-{queue}", daemon=True)
