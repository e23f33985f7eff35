"""The Celery application: `syncline.process` messages in, `worker.process.process` called for each.

A message is acknowledged only when its job is settled. Whatever else happens, it stays in SQS and comes again;
after too many times SQS itself moves it to the dead-letter queue.
"""

from __future__ import annotations

import logging
from typing import Any

from celery import Celery, Task
from celery.exceptions import Reject

from syncline import aws
from syncline.queue import TASK, celery_app
from syncline.settings import Settings
from worker.process import TryLaterError, process
from worker.services import Services

logger = logging.getLogger(__name__)

# kombu treats "no slot free" like "nothing there" and pauses; a second (its default) would idle every slot.
PAUSE_BETWEEN_POLLS_SECONDS = 0.1
LONGEST_VISIBILITY_SECONDS = 12 * 3600


def make_app(settings: Settings, services: Services, *, wait_seconds: int) -> Celery:
    app = celery_app(settings)
    app.conf.broker_transport_options |= {
        "polling_interval": PAUSE_BETWEEN_POLLS_SECONDS,
        "wait_time_seconds": wait_seconds,
    }
    app.conf.update(
        task_acks_late=True,
        # Acknowledging is said by returning; an error leaves the message to SQS and its redrive policy.
        task_acks_on_failure_or_timeout=False,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
    )
    app.task(name=TASK, bind=True)(_task(services))
    return app


def _task(services: Services) -> Any:
    def run(task: Task, job_id: str, revision: str) -> None:
        try:
            process(job_id, revision, services)
        except TryLaterError as later:
            logger.info("later: %s", later, extra={"job_id": job_id})
            _hide(task, later.seconds)
            raise Reject(str(later), requeue=False) from later

    return run


def _hide(task: Task, seconds: float) -> None:
    """The message comes back after so many seconds."""
    properties = task.request.properties or {}
    handle, queue = properties.get("delivery_tag"), properties.get("delivery_info", {}).get("sqs_queue")
    if handle and queue:
        aws.client("sqs").change_message_visibility(
            QueueUrl=queue,
            ReceiptHandle=handle,
            VisibilityTimeout=min(int(seconds), LONGEST_VISIBILITY_SECONDS),
        )
