"""Track in-flight SQS messages until each is settled.

`delete`: the job record is final. `retry_later`: make the message visible again after a delay. `release`: change
nothing; another worker owns the job, or redrive will move the message to the dead-letter queue. A failure never
deletes a message.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from syncline.aws.received_messages import ReceivedMessage, batches_by_queue, change_visibility

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

logger = logging.getLogger(__name__)


class InFlightMessages:
    """`slots` is the number of jobs that run at once, and the limit of messages in flight. A message that waited here
    behind a long job could not be received by an idle worker."""

    def __init__(self, sqs: SQSClient, *, slots: int) -> None:
        self._sqs = sqs
        self._slots = slots
        self._messages: dict[str, ReceivedMessage] = {}
        self._not_extended: set[str] = set()
        self._changed = threading.Condition()
        self._closed = False

    @property
    def closed(self) -> bool:
        return self._closed

    def __len__(self) -> int:
        return len(self._all())

    def get(self, handle: str) -> ReceivedMessage | None:
        with self._changed:
            return self._messages.get(handle)

    def wait_for_slots(self, *, timeout: float) -> int:
        """Wait for a free slot. -> the number of free slots: 0 after the timeout, or when the tracker is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._messages) < self._slots, timeout)
            return 0 if self._closed else max(0, self._slots - len(self._messages))

    def accept(self, messages: Iterable[ReceivedMessage]) -> list[ReceivedMessage]:
        """Track the messages for which a slot is free, and return them. The others become visible again at once: the
        slots were filled meanwhile, or the worker is stopping."""
        accepted, refused = [], []
        with self._changed:
            for message in messages:
                if self._closed or len(self._messages) >= self._slots:
                    refused.append(message)
                else:
                    self._messages[message.handle] = message
                    accepted.append(message)
        self._change_visibility(refused, seconds=0)
        return accepted

    def close(self) -> None:
        """Accept no more messages."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def delete(self, message: ReceivedMessage) -> None:
        try:
            self._sqs.delete_message(QueueUrl=message.queue_url, ReceiptHandle=message.handle)
        except (ClientError, BotoCoreError) as error:
            # SQS delivers it again, and the job record will say that nothing is left to do.
            logger.warning("could not delete a message: %s", error)
        finally:
            self.release(message.handle)

    def retry_later(self, message: ReceivedMessage, *, seconds: float) -> None:
        try:
            change_visibility(self._sqs, message, seconds=seconds)
        except (ClientError, BotoCoreError) as error:
            logger.warning("could not delay a message: %s", error)  # it comes back when its visibility timeout ends
        finally:
            self.release(message.handle)

    def release(self, handle: str) -> None:
        with self._changed:
            self._messages.pop(handle, None)
            self._not_extended.discard(handle)
            self._changed.notify_all()

    def show(self, message: ReceivedMessage) -> None:
        """Make the message visible to other workers, although its job's thread still takes up a slot here."""
        with self._changed:
            self._not_extended.add(message.handle)
        self._change_visibility([message], seconds=0)

    def extend(self, *, seconds: int) -> None:
        """Keep the messages in flight invisible to other workers for so long from now."""
        self._change_visibility(
            [message for message in self._all() if message.handle not in self._not_extended], seconds=seconds
        )

    def return_all(self) -> None:
        """Make everything in flight visible to other workers at once."""
        messages = self._all()
        self._change_visibility(messages, seconds=0)
        for message in messages:
            self.release(message.handle)

    def _all(self) -> list[ReceivedMessage]:
        with self._changed:
            return list(self._messages.values())

    def _change_visibility(self, messages: Iterable[ReceivedMessage], *, seconds: int) -> None:
        for batch in batches_by_queue(messages):
            self._change_batch(batch, seconds)

    def _change_batch(self, messages: list[ReceivedMessage], seconds: int) -> None:
        try:
            response = self._sqs.change_message_visibility_batch(
                QueueUrl=messages[0].queue_url,
                Entries=[
                    {
                        "Id": str(index),
                        "ReceiptHandle": message.handle,
                        "VisibilityTimeout": message.visibility_timeout(seconds),
                    }
                    for index, message in enumerate(messages)
                ],
            )
        except (ClientError, BotoCoreError) as error:
            logger.warning("could not change the visibility of %d messages: %s", len(messages), error)
            return
        for failed in response.get("Failed", []):
            if self.get(messages[int(failed["Id"])].handle):  # otherwise it was settled meanwhile
                logger.warning("could not change the visibility of a message: %s", failed.get("Message"))
