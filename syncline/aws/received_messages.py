"""Messages as SQS delivered them, and the change of their visibility."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

MAX_BATCH = 10  # SQS's limit for one receive and for one batch request
MAX_VISIBILITY_SECONDS = 12 * 3600  # SQS's limit, counted from the receipt: it refuses a timeout beyond that


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """One delivery of one message. `queue` is "live" or "bulk"; times are seconds since the epoch."""

    handle: str
    queue: str
    queue_url: str
    body: str
    receive_count: int
    sent_at: float
    received_at: float

    @classmethod
    def from_sqs(cls, message: Mapping[str, Any], *, queue: str, queue_url: str) -> ReceivedMessage:
        """A message of a ReceiveMessage response that asked for ApproximateReceiveCount and SentTimestamp."""
        return cls._from(
            message["ReceiptHandle"], message["Body"], message.get("Attributes", {}), queue=queue, queue_url=queue_url
        )

    @classmethod
    def from_lambda_record(cls, record: Mapping[str, Any], *, queue: str, queue_url: str) -> ReceivedMessage:
        """A record of a Lambda event, which spells SQS's names with a lower-case first letter."""
        return cls._from(
            record["receiptHandle"], record["body"], record.get("attributes", {}), queue=queue, queue_url=queue_url
        )

    @classmethod
    def _from(
        cls, handle: str, body: str, attributes: Mapping[str, str], *, queue: str, queue_url: str
    ) -> ReceivedMessage:
        return cls(
            handle=handle,
            queue=queue,
            queue_url=queue_url,
            body=body,
            receive_count=int(attributes.get("ApproximateReceiveCount", 1)),
            sent_at=int(attributes.get("SentTimestamp", 0)) / 1000,
            received_at=time.time(),
        )

    @property
    def queue_wait_seconds(self) -> float | None:
        """How long the message waited for its first receive. Later deliveries waited for other reasons: None."""
        return max(0.0, self.received_at - self.sent_at) if self.receive_count == 1 else None

    def visibility_timeout(self, seconds: float) -> int:
        """The timeout that makes the message visible in so many seconds, or as late as SQS allows."""
        left = MAX_VISIBILITY_SECONDS - math.ceil(time.time() - self.received_at)
        return max(0, min(round(seconds), left))


def change_visibility(sqs: SQSClient, message: ReceivedMessage, *, seconds: float) -> None:
    """Make the message visible in so many seconds. Raises what boto3 raises."""
    sqs.change_message_visibility(
        QueueUrl=message.queue_url,
        ReceiptHandle=message.handle,
        VisibilityTimeout=message.visibility_timeout(seconds),
    )


def batches_by_queue(messages: Iterable[ReceivedMessage]) -> Iterator[list[ReceivedMessage]]:
    """Groups that fit one batch request each: of one queue, and no more than SQS takes."""
    by_queue = sorted(messages, key=lambda message: message.queue_url)
    for _, group in groupby(by_queue, key=lambda message: message.queue_url):
        of_queue = list(group)
        for start in range(0, len(of_queue), MAX_BATCH):
            yield of_queue[start : start + MAX_BATCH]
