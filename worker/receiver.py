"""Receive messages from the two queues: from bulk only while live is empty.

SQS answers a long poll the moment there is a message. A poll of the live queue that has been waiting for a while
therefore shows that the queue is empty, until the poll returns. Only during that time does the worker poll bulk.

    live   |--- long poll, unanswered ------------------------------|message|--- long poll ---
    bulk       ^ from here on: polled whenever a slot is free       ^ not polled
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

from syncline.aws.received_messages import MAX_BATCH, ReceivedMessage
from syncline.core.errors import ProcessUnfitError
from syncline.pipeline.fitness import unfitness
from worker.deliveries import InFlightMessages

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

logger = logging.getLogger(__name__)

LIVE_IS_EMPTY_AFTER_SECONDS = 0.5  # an SQS long poll that finds a message answers in a tenth of this
BULK_IS_EMPTY_PAUSE_SECONDS = 4.0  # bulk work is not latency-sensitive, and each receive is billed
SLOT_CHECK_SECONDS = 1.0
MAX_PAUSE_SECONDS = 30.0


class Receiver:
    """Two threads, one per queue. The consumer takes what they received from `ready`. `on_unfit` is called when SQS
    refuses this process."""

    def __init__(
        self,
        sqs: SQSClient,
        in_flight: InFlightMessages,
        *,
        live_url: str,
        bulk_url: str,
        wait_seconds: int,
        lease_seconds: int,
        on_unfit: Callable[[ProcessUnfitError], None] = lambda error: None,
    ) -> None:
        self.ready: SimpleQueue[ReceivedMessage] = SimpleQueue()
        self._sqs = sqs
        self._in_flight = in_flight
        self._wait_seconds = wait_seconds
        self._on_unfit = on_unfit
        self._lease_seconds = lease_seconds
        self._live_poll_started_at: float | None = None
        self._threads = [
            _thread("live", lambda: self._receive("live", live_url, self._poll_live)),
            _thread("bulk", lambda: self._receive("bulk", bulk_url, self._poll_bulk)),
        ]

    def start(self) -> None:
        for thread in self._threads:
            if thread.ident is None:  # a thread can start only once, and may have ended already
                thread.start()

    @property
    def alive(self) -> bool:
        return all(thread.is_alive() for thread in self._threads)

    def join(self) -> None:
        """Wait for polls under way: SQS could answer a closed connection with messages, and hide them."""
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def _receive(self, queue: str, url: str, poll: Callable[[str, str], None]) -> None:
        failures = 0
        while not self._in_flight.closed:
            try:
                poll(queue, url)
                failures = 0
            except Exception as error:  # if this thread ended, the worker would live on without receiving
                expected = isinstance(error, ClientError | BotoCoreError)
                logger.warning("cannot receive from %s: %s", queue, error, exc_info=not expected)
                if (unfit := unfitness(error)) is not None:
                    self._on_unfit(unfit)
                failures += 1
                time.sleep(random.uniform(0.5, 1) * min(MAX_PAUSE_SECONDS, 0.5 * 2**failures))  # noqa: S311

    def _poll_live(self, queue: str, url: str) -> None:
        free = self._in_flight.wait_for_slots(timeout=SLOT_CHECK_SECONDS)
        if not free:
            return
        self._live_poll_started_at = time.monotonic()
        try:
            self._poll(queue, url, limit=free, wait_seconds=self._wait_seconds)
        finally:
            self._live_poll_started_at = None

    def _poll_bulk(self, queue: str, url: str) -> None:
        free = self._in_flight.wait_for_slots(timeout=SLOT_CHECK_SECONDS)
        if not free:
            return
        if not self._live_is_empty():
            time.sleep(LIVE_IS_EMPTY_AFTER_SECONDS / 10)
            return
        # One second is long enough for SQS to ask all of its servers, and too short for a backlog in live.
        if not self._poll(queue, url, limit=free, wait_seconds=min(1, self._wait_seconds)):
            time.sleep(min(BULK_IS_EMPTY_PAUSE_SECONDS, self._wait_seconds))

    def _live_is_empty(self) -> bool:
        started_at = self._live_poll_started_at
        return started_at is not None and time.monotonic() - started_at > LIVE_IS_EMPTY_AFTER_SECONDS

    def _poll(self, queue: str, url: str, *, limit: int, wait_seconds: int) -> int:
        """-> the number of messages received."""
        response = self._sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=min(limit, MAX_BATCH),
            WaitTimeSeconds=wait_seconds,
            # A queue that a Lambda function also reads hides messages longer than a lease.
            VisibilityTimeout=self._lease_seconds,
            MessageSystemAttributeNames=["ApproximateReceiveCount", "SentTimestamp"],
        )
        received = [
            ReceivedMessage.from_sqs(message, queue=queue, queue_url=url) for message in response.get("Messages", [])
        ]
        for message in self._in_flight.accept(received):
            self.ready.put(message)
        return len(received)


def _thread(queue: str, target: Callable[[], None]) -> threading.Thread:
    return threading.Thread(target=target, name=f"receive-{queue}", daemon=True)
