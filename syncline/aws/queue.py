"""The messages that say there is work: Celery protocol 2 in JSON on SQS, task `syncline.process`, arguments
job_id and revision and nothing else. The record has the rest.
"""

from __future__ import annotations

import base64
import json
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from syncline.aws import clients
from syncline.aws.settings import Settings
from syncline.core.errors import InvalidInputError, TransientError
from syncline.core.job import BULK, JOB_ID, LIVE

if TYPE_CHECKING:
    from celery import Celery
    from mypy_boto3_sqs.client import SQSClient

TASK = "syncline.process"
BATCH = 10  # SQS's own limit
SEND_TRIES = 4
FIRST_PAUSE_SECONDS = 0.25


def celery_app(settings: Settings) -> Celery:
    """The Celery application as both sides need it; the worker adds what concerns only workers."""
    from celery import Celery  # here, because a reception that sends nothing should not pay for it

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


def read_message(body: str) -> tuple[str, str]:
    """-> job_id and revision of a message as it lies in SQS; raises InvalidInputError if it is none of ours."""
    try:
        envelope = json.loads(base64.b64decode(body, validate=True))
        if envelope["headers"]["task"] != TASK:
            raise ValueError(envelope["headers"]["task"])
        arguments, _, _ = json.loads(base64.b64decode(envelope["body"], validate=True))
        job_id, revision = arguments
        if not (JOB_ID.fullmatch(job_id) and isinstance(revision, str)):
            raise ValueError(arguments)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InvalidInputError(
            f"The message names no job: {type(error).__name__} at {str(body)[:100]!r}.", code="not_a_job_message"
        ) from error
    return job_id, revision


Order = tuple[str, str]  # job_id and revision


@dataclass(frozen=True, slots=True)
class Unsent:
    order: Order
    reason: str


@dataclass(frozen=True, slots=True)
class _Letter:
    order: Order
    body: str


@dataclass(frozen=True, slots=True)
class _Form:
    """A message as Celery writes it, once for each queue, into which each order is filled.

    Messages differ in nothing else, and having Celery write every one takes five times as long.
    """

    url: str
    envelope: dict[str, Any]
    rest_of_body: list[Any]

    @classmethod
    def of(cls, message: dict[str, str]) -> _Form:
        envelope = json.loads(base64.b64decode(message["MessageBody"]))
        _, *rest_of_body = json.loads(base64.b64decode(envelope["body"]))
        return cls(message["QueueUrl"], envelope, rest_of_body)

    def filled_in(self, order: Order) -> str:
        task_id, delivery_tag = str(uuid4()), str(uuid4())
        headers = {"id": task_id, "root_id": task_id, "argsrepr": repr(order)}
        properties = {"correlation_id": task_id, "delivery_tag": delivery_tag}
        envelope = {
            **self.envelope,
            "body": _as_base64([order, *self.rest_of_body]),
            "headers": self.envelope["headers"] | headers,
            "properties": self.envelope["properties"] | properties,
        }
        return _as_base64(envelope)


class JobQueue:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._forms: dict[str, _Form] = {}
        self._pen = threading.Lock()  # kombu's channels are not made for two threads

    @cached_property
    def _sqs(self) -> SQSClient:
        return clients.client("sqs")  # type: ignore[no-any-return]

    @cached_property
    def app(self) -> Celery:
        return celery_app(self._settings)

    def send(self, job_id: str, revision: str, *, queue: str) -> None:
        form = self._form(queue)
        self._sqs.send_message(QueueUrl=form.url, MessageBody=form.filled_in((job_id, revision)))

    def send_many(self, orders: Sequence[Order], *, queue: str) -> list[Unsent]:
        """Ten to a request; -> the orders that SQS did not take, though they were sent again. Safe in threads."""
        form = self._form(queue)
        letters = [_Letter(order, form.filled_in(order)) for order in orders]
        batches = [letters[start : start + BATCH] for start in range(0, len(letters), BATCH)]
        return [unsent for batch in batches for unsent in self._send_batch(form.url, batch)]

    def _form(self, queue: str) -> _Form:
        with self._pen:
            if queue not in self._forms:
                self._forms[queue] = _Form.of(self._written_by_celery(queue))
            return self._forms[queue]

    def _written_by_celery(self, queue: str) -> dict[str, str]:
        """What Celery would send, caught where kombu expects its SQS client."""
        caught: list[dict[str, str]] = []
        channel = self.app.connection_for_write().channel()
        channel.sqs = lambda queue=None: SimpleNamespace(send_message=lambda **message: caught.append(message))
        producer = self.app.amqp.Producer(channel)
        order = ("job_id", "revision")
        self.app.send_task(
            TASK, args=order, queue=queue, ignore_result=True, producer=producer, declare=[], retry=False
        )
        return caught[0]

    def _send_batch(self, url: str, letters: list[_Letter]) -> list[Unsent]:
        left, refused, reason = letters, list[Unsent](), ""
        for attempt in range(SEND_TRIES):
            if attempt:
                time.sleep(random.uniform(0.5, 1) * FIRST_PAUSE_SECONDS * 2**attempt)  # noqa: S311 - no secret
            try:
                left, hopeless, reason = self._try(url, left)
            except (ClientError, BotoCoreError) as error:
                problem = clients.translated(error)
                if not isinstance(problem, TransientError):
                    raise problem from error
                reason = problem.message
                continue
            refused += [Unsent(letter.order, reason) for letter in hopeless]
            if not left:
                break
        return refused + [Unsent(letter.order, reason) for letter in left]

    def _try(self, url: str, letters: list[_Letter]) -> tuple[list[_Letter], list[_Letter], str]:
        """-> what may be sent again, what SQS will never take, and why."""
        entries: list[Any] = [{"Id": str(number), "MessageBody": letter.body} for number, letter in enumerate(letters)]
        answer = self._sqs.send_message_batch(QueueUrl=url, Entries=entries)
        again, never, reason = list[_Letter](), list[_Letter](), ""
        for failed in answer.get("Failed", []):
            (never if failed.get("SenderFault") else again).append(letters[int(failed["Id"])])
            reason = f"{failed.get('Code', '')} {failed.get('Message', '')}".strip()
        return again, never, reason


def _as_base64(value: Any) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()
