"""The messages that say there is work: Celery protocol 2 in JSON on SQS, task `syncline.process`, arguments
job_id and revision and nothing else. The record has the rest.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from syncline.job import BULK, LIVE
from syncline.settings import Settings

if TYPE_CHECKING:
    from celery import Celery

TASK = "syncline.process"


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


class JobQueue:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def app(self) -> Celery:
        return celery_app(self._settings)

    def send(self, job_id: str, revision: str, *, queue: str) -> None:
        _send(self.app, job_id, revision, queue)


def _send(app: Celery, job_id: str, revision: str, queue: str, **how: Any) -> None:
    # Without a task_id of its own a message could not be told from its duplicate in the logs; Celery makes one.
    app.send_task(TASK, args=(job_id, revision), queue=queue, ignore_result=True, **how)
