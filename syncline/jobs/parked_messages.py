"""Read and resend the messages in the ingest queue's dead-letter queue.

These messages name no job: S3 events that no reception could handle, and messages that are not events at all. An event
can be sent to the ingest queue again; the rest can only be shown.

SQS may answer a receive with nothing although messages are there: a short poll asks only some of its servers. A read
therefore uses long polling, and ends only when SQS also counts no visible message, or after several empty answers.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from syncline.aws.s3_events import created_keys
from syncline.core.errors import InvalidInputError

BATCH = 10  # SQS's limit for one receive and for one batch of changes
WAIT_SECONDS = 1  # any wait above zero makes SQS ask all of its servers
EMPTY_ANSWERS = 5  # in a row; the count of visible messages is approximate, so it alone does not keep a read going
HIDDEN_SECONDS = 120  # long enough to read the whole queue without meeting a message twice


@dataclass(frozen=True, slots=True)
class ParkedMessage:
    """A dead message that names no job."""

    message_id: str
    receipt_handle: str = field(repr=False)
    body: str
    reason: str
    keys: tuple[str, ...]  # the uploads that it announces, if it is an S3 event

    @property
    def can_be_resent(self) -> bool:
        return bool(self.keys)


@dataclass(frozen=True, slots=True)
class ParkedMessages:
    """`url` is the ingest queue's dead-letter queue, `ingest_url` the ingest queue, `bucket` the deployment's."""

    sqs: Any
    url: str
    ingest_url: str
    bucket: str
    wait_seconds: int = WAIT_SECONDS

    @contextlib.contextmanager
    def reading(self, *, limit: int | None = None) -> Iterator[Iterator[ParkedMessage]]:
        """Give the messages; at the end make those visible again that were not resent."""
        handles: dict[str, str] = {}
        try:
            yield self._receive(limit, handles)
        finally:
            self._make_visible(handles.values())

    def resend(self, message: ParkedMessage) -> None:
        """Send, then delete: a crash in between delivers the event twice, and duplicate events change nothing."""
        self.sqs.send_message(QueueUrl=self.ingest_url, MessageBody=message.body)
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message.receipt_handle)

    def _receive(self, limit: int | None, handles: dict[str, str]) -> Iterator[ParkedMessage]:
        empty = 0
        while limit is None or len(handles) < limit:
            answer = self.sqs.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=BATCH if limit is None else min(BATCH, limit - len(handles)),
                WaitTimeSeconds=self.wait_seconds,
                VisibilityTimeout=HIDDEN_SECONDS,
                MessageAttributeNames=["All"],
            )
            received = answer.get("Messages", [])
            fresh = [message for message in received if message["MessageId"] not in handles]
            handles.update({message["MessageId"]: message["ReceiptHandle"] for message in received})
            empty = 0 if fresh else empty + 1
            if empty >= EMPTY_ANSWERS or (empty and not self._visible()):
                return
            yield from map(self._parse, fresh)

    def _visible(self) -> int:
        name = "ApproximateNumberOfMessages"
        return int(self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=[name])["Attributes"][name])

    def _parse(self, message: dict[str, Any]) -> ParkedMessage:
        attributes = message.get("MessageAttributes", {})
        notes = [attributes[name]["StringValue"] for name in ("reason", "cut") if name in attributes]
        reason = " ".join(notes)
        try:
            keys = tuple(created_keys(message["Body"], bucket=self.bucket))
        except InvalidInputError as error:
            keys, reason = (), reason or error.message
        return ParkedMessage(message["MessageId"], message["ReceiptHandle"], message["Body"], reason, keys)

    def _make_visible(self, handles: Iterable[str]) -> None:
        """Other readers need not wait for the timeout. SQS refuses the handles of deleted messages, which is fine."""
        received = list(handles)
        for start in range(0, len(received), BATCH):
            entries = [
                {"Id": str(index), "ReceiptHandle": handle, "VisibilityTimeout": 0}
                for index, handle in enumerate(received[start : start + BATCH])
            ]
            self.sqs.change_message_visibility_batch(QueueUrl=self.url, Entries=entries)
