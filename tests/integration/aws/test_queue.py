"""Messages on SQS: the bodies are those that Celery itself would send."""

from __future__ import annotations

import base64
import json
from typing import Any

from syncline.aws.deployment import Deployment
from syncline.core.job import BULK, job_id_of
from syncline.core.message import TASK, new_message

JOB_ID, REVISION = job_id_of("b", "uploads/talk.mp3"), "a" * 20


def received(deployment: Deployment) -> list[str]:
    """Removes every message from the bulk queue."""
    url, bodies = deployment.settings.need("bulk_queue"), []
    while batch := deployment.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for each in batch:
            assert "MessageAttributes" not in each
            deployment.sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
            bodies.append(each["Body"])
    return bodies


def without_ids(body: str) -> dict[str, Any]:
    envelope: dict[str, Any] = json.loads(base64.b64decode(body))
    for place, name in (("headers", "id"), ("headers", "root_id"), ("properties", "correlation_id")):
        assert len(envelope[place].pop(name)) == 36
    assert len(envelope["properties"].pop("delivery_tag")) == 36
    return envelope


def test_the_bodies_are_those_that_celery_sends(deployment: Deployment) -> None:
    queue = deployment.queue
    queue.app.send_task(TASK, args=(JOB_ID, REVISION), queue=BULK, ignore_result=True)  # through kombu's transport
    queue.send(JOB_ID, REVISION, queue=BULK)
    assert queue.send_many([new_message(JOB_ID, REVISION)], queue=BULK) == []
    by_celery, *by_us = map(without_ids, received(deployment))
    assert by_us == [by_celery, by_celery]
