"""Lambda's event source mapping for SQS: call a function with up to ten messages, delete those that it handled."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

logger = logging.getLogger(__name__)
Handler = Callable[[dict[str, Any], Any], Any]


@dataclass(frozen=True)
class Context:
    """The context of an invocation, with AWS's names."""

    function_name: str
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:local"
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


@dataclass(frozen=True)
class EventSource:
    sqs: Any
    queue_url: str
    function_name: str
    handler: Handler
    wait_seconds: int = 1
    batch_size: int = 10

    def run_until(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self.poll_once()
            except (ClientError, BotoCoreError):
                logger.exception("cannot poll %s", self.queue_url)
                stop.wait(1)

    def poll_once(self) -> int:
        """-> the number of messages received."""
        response = self.sqs.receive_message(
            QueueUrl=self.queue_url,
            MaxNumberOfMessages=self.batch_size,
            WaitTimeSeconds=self.wait_seconds,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages = response.get("Messages", [])
        if messages:
            self._invoke(messages)
        return len(messages)

    def _invoke(self, messages: list[dict[str, Any]]) -> None:
        event = {"Records": [self._record(message) for message in messages]}
        try:
            report = self.handler(event, Context(self.function_name)) or {}
        except Exception:
            # As on AWS: a function that raises has handled nothing. SQS delivers the whole batch again.
            logger.exception("%s failed", self.function_name)
            return
        failures = {item["itemIdentifier"] for item in report.get("batchItemFailures", [])}
        handled = [message for message in messages if message["MessageId"] not in failures]
        if handled:
            self.sqs.delete_message_batch(
                QueueUrl=self.queue_url,
                Entries=[{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(handled)],
            )

    def _record(self, message: dict[str, Any]) -> dict[str, Any]:
        name = self.queue_url.rpartition("/")[2]
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": message.get("MessageAttributes", {}),
            "md5OfBody": message.get("MD5OfBody", ""),
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{name}",
            "awsRegion": "us-east-1",
        }
