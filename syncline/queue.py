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
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from syncline import aws
from syncline.errors import InvalidInputError, TransientError
from syncline.job import BULK, JOB_ID, LIVE
from syncline.settings import Settings

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
            "region": aws.region(),
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
    """An order and the arguments with which it would have gone to SendMessage."""

    order: Order
    wording: dict[str, Any]

    @property
    def entry(self) -> dict[str, Any]:
        return {name: value for name, value in self.wording.items() if name != "QueueUrl"}


class _Collector:
    """Stands where kombu expects its SQS client, and keeps what would have been sent."""

    def __init__(self) -> None:
        self._kept: list[dict[str, Any]] = []

    def send_message(self, **wording: Any) -> None:
        self._kept.append(wording)

    def take(self) -> list[dict[str, Any]]:
        kept, self._kept = self._kept, []
        return kept


class JobQueue:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pen = threading.Lock()  # kombu's channels are not made for two threads

    @cached_property
    def _sqs(self) -> SQSClient:
        return aws.client("sqs")  # type: ignore[no-any-return]

    @cached_property
    def app(self) -> Celery:
        return celery_app(self._settings)

    def send(self, job_id: str, revision: str, *, queue: str) -> None:
        # Written by Celery, but sent without kombu's pool of connections, which costs as much again as the writing.
        [letter] = self._letters([(job_id, revision)], queue)
        self._sqs.send_message(**letter.wording)

    def send_many(self, orders: Sequence[Order], *, queue: str) -> list[Unsent]:
        """Ten to a request; -> the orders that SQS did not take, though they were sent again. Safe in threads."""
        letters = self._letters(orders, queue)
        batches = [letters[start : start + BATCH] for start in range(0, len(letters), BATCH)]
        return [unsent for batch in batches for unsent in self._send_batch(batch)]

    def _letters(self, orders: Sequence[Order], queue: str) -> list[_Letter]:
        """What Celery would send for each order, byte for byte, because Celery writes it."""
        with self._pen:
            producer, collector = self._writing
            for order in orders:
                # Each with a task_id that Celery makes: otherwise the logs could not tell a message from its duplicate.
                self.app.send_task(
                    TASK, args=order, queue=queue, ignore_result=True, producer=producer, declare=[], retry=False
                )
            taken = collector.take()
        return [_Letter(order, wording) for order, wording in zip(orders, taken, strict=True)]

    @cached_property
    def _writing(self) -> tuple[Any, _Collector]:
        collector = _Collector()
        channel = self.app.connection_for_write().channel()
        channel.sqs = lambda queue=None: collector
        return self.app.amqp.Producer(channel), collector

    def _send_batch(self, letters: list[_Letter]) -> list[Unsent]:
        left, refused, reason = letters, list[Unsent](), ""
        for attempt in range(SEND_TRIES):
            if attempt:
                time.sleep(random.uniform(0.5, 1) * FIRST_PAUSE_SECONDS * 2**attempt)  # noqa: S311 - no secret
            try:
                left, hopeless, reason = self._try(left)
            except (ClientError, BotoCoreError) as error:
                problem = aws.translated(error)
                if not isinstance(problem, TransientError):
                    raise problem from error
                reason = problem.message
                continue
            refused += [Unsent(letter.order, reason) for letter in hopeless]
            if not left:
                break
        return refused + [Unsent(letter.order, reason) for letter in left]

    def _try(self, letters: list[_Letter]) -> tuple[list[_Letter], list[_Letter], str]:
        """-> what may be sent again, what SQS will never take, and why."""
        entries: list[Any] = [{"Id": str(number), **letter.entry} for number, letter in enumerate(letters)]
        answer = self._sqs.send_message_batch(QueueUrl=letters[0].wording["QueueUrl"], Entries=entries)
        again, never, reason = list[_Letter](), list[_Letter](), ""
        for failed in answer.get("Failed", []):
            (never if failed.get("SenderFault") else again).append(letters[int(failed["Id"])])
            reason = f"{failed.get('Code', '')} {failed.get('Message', '')}".strip()
        return again, never, reason
