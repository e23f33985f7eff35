"""Send job messages to the live and bulk queues.

Celery writes one message for each queue. `syncline.core.message` fills it in for every job, and boto3 sends it.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from syncline.aws import clients
from syncline.aws.settings import Settings
from syncline.core.errors import TransientError
from syncline.core.job import BULK, LIVE
from syncline.core.message import TASK, JobMessage, MessageTemplate, new_message

if TYPE_CHECKING:
    from celery import Celery
    from mypy_boto3_sqs.client import SQSClient

BATCH_SIZE = 10  # SQS's limit
SEND_ATTEMPTS = 4
FIRST_PAUSE_SECONDS = 0.25


def celery_app(settings: Settings) -> Celery:
    """The Celery application of senders. The worker adds its own configuration."""
    from celery import Celery  # imported here to spare the functions that send nothing

    app = Celery("syncline", broker="sqs://", set_as_current=False)
    app.conf.update(
        broker_transport_options={
            "predefined_queues": {
                LIVE: {"url": settings.need("live_queue")},
                BULK: {"url": settings.need("bulk_queue")},
            },
            "region": clients.region(),
        },
        broker_connection_retry_on_startup=True,
        task_default_queue=LIVE,
        task_create_missing_queues=True,
        task_protocol=2,
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_publish_retry=False,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
    )
    return app


@dataclass(frozen=True, slots=True)
class Unsent:
    """A message that SQS did not accept."""

    message: JobMessage
    reason: str


@dataclass(frozen=True, slots=True)
class _Entry:
    message: JobMessage
    body: str


class JobQueue:
    """Both queues, by name. Threads may share one instance."""

    def __init__(self, sqs: SQSClient, settings: Settings) -> None:
        self._sqs = sqs
        self._settings = settings
        self._templates: dict[str, MessageTemplate] = {}
        self._lock = threading.Lock()  # kombu's channels are not thread-safe

    @cached_property
    def app(self) -> Celery:
        return celery_app(self._settings)

    def send(self, job_id: str, revision: str, *, queue: str) -> None:
        body = self._template(queue).fill(new_message(job_id, revision))
        self._sqs.send_message(QueueUrl=self._url(queue), MessageBody=body)

    def send_many(self, messages: Sequence[JobMessage], *, queue: str) -> list[Unsent]:
        """Send ten messages to a request, with retries -> the messages that SQS did not accept."""
        template = self._template(queue)
        entries = [_Entry(message, template.fill(message)) for message in messages]
        batches = [entries[start : start + BATCH_SIZE] for start in range(0, len(entries), BATCH_SIZE)]
        return [unsent for batch in batches for unsent in self._send_batch(self._url(queue), batch)]

    def _url(self, queue: str) -> str:
        return str(self._settings.need(f"{queue}_queue"))

    def _template(self, queue: str) -> MessageTemplate:
        with self._lock:
            if queue not in self._templates:
                self._templates[queue] = MessageTemplate.from_celery(self._written_by_celery(queue))
            return self._templates[queue]

    def _written_by_celery(self, queue: str) -> str:
        """The body that Celery would send, captured where kombu calls its SQS client."""
        captured: list[str] = []
        channel = self.app.connection_for_write().channel()
        client = SimpleNamespace(send_message=lambda **request: captured.append(request["MessageBody"]))
        channel.sqs = lambda queue=None: client
        producer = self.app.amqp.Producer(channel)
        self.app.send_task(
            TASK,
            args=("job_id", "revision"),
            queue=queue,
            ignore_result=True,
            producer=producer,
            declare=[],
            retry=False,
        )
        return captured[0]

    def _send_batch(self, url: str, entries: list[_Entry]) -> list[Unsent]:
        pending, unsent, reason = entries, list[Unsent](), ""
        for attempt in range(SEND_ATTEMPTS):
            if attempt:
                time.sleep(random.uniform(0.5, 1) * FIRST_PAUSE_SECONDS * 2**attempt)  # noqa: S311 - no secret
            try:
                pending, refused, reason = self._send_once(url, pending)
            except (ClientError, BotoCoreError) as error:
                problem = clients.translated(error)
                if not isinstance(problem, TransientError):
                    raise problem from error
                reason = problem.message
                continue
            unsent += [Unsent(entry.message, reason) for entry in refused]
            if not pending:
                break
        return unsent + [Unsent(entry.message, reason) for entry in pending]

    def _send_once(self, url: str, entries: list[_Entry]) -> tuple[list[_Entry], list[_Entry], str]:
        """-> entries to send again, entries that SQS refuses for good, and the last reason."""
        request: list[Any] = [{"Id": str(number), "MessageBody": entry.body} for number, entry in enumerate(entries)]
        answer = self._sqs.send_message_batch(QueueUrl=url, Entries=request)
        again, refused, reason = list[_Entry](), list[_Entry](), ""
        for failure in answer.get("Failed", []):
            (refused if failure.get("SenderFault") else again).append(entries[int(failure["Id"])])
            reason = f"{failure.get('Code', '')} {failure.get('Message', '')}".strip()
        return again, refused, reason
