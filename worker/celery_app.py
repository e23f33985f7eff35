"""The Celery application: run `syncline.process` messages through the pipeline.

Celery owns the consumer and the threads. Its acknowledgements settle nothing: the task itself deletes a message when
the job record is final, and leaves it in SQS otherwise. After too many receives, SQS moves it to the dead-letter queue.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from celery import Celery, Task

from syncline.aws.queue import celery_app
from syncline.aws.received_messages import ReceivedMessage
from syncline.aws.settings import Settings
from syncline.core.message import TASK
from syncline.pipeline.settlement import Action, Settlement, retry_later
from worker import transport
from worker.deliveries import InFlightMessages
from worker.transport import Inbox

logger = logging.getLogger(__name__)

BUG_RETRY_SECONDS = 30.0

RunJob = Callable[[str, str, ReceivedMessage], Settlement]


@dataclass(slots=True)
class RuntimeLink:
    """What the Celery task and the transport need of the runtime. Celery makes the application before a worker
    starts: both values are set only while a worker runs."""

    inbox: Inbox | None = None
    run_job: RunJob | None = None


def make_app(settings: Settings, link: RuntimeLink) -> Celery:
    app = celery_app(settings)
    transport.register()
    app.conf.update(
        broker_url=f"{transport.SCHEME}://",
        broker_transport_options={"link": link},
        task_acks_late=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
    )
    app.task(name=TASK, bind=True)(_task(link))
    return app


def _task(link: RuntimeLink) -> Callable[..., None]:
    def run(task: Task, job_id: str, revision: str) -> None:
        if link.inbox is None or link.run_job is None:
            raise RuntimeError(f"{TASK} runs in a worker only")
        in_flight = link.inbox.in_flight
        message = in_flight.get(task.request.properties["delivery_tag"])
        if message is None:  # the stopping worker returned it to the queue while it waited for this thread
            return
        settlement = retry_later(BUG_RETRY_SECONDS)
        try:
            settlement = link.run_job(job_id, revision, message)
        except Exception:
            logger.exception("a bug", extra={"job_id": job_id})
        finally:  # for SystemExit, too: an unsettled message would keep its slot and stay invisible
            _settle(in_flight, message, settlement)

    return run


def _settle(in_flight: InFlightMessages, message: ReceivedMessage, settlement: Settlement) -> None:
    if settlement.action is Action.DELETE:
        in_flight.delete(message)
    elif settlement.action is Action.RETRY_LATER:
        in_flight.retry_later(message, seconds=settlement.seconds)
    else:
        in_flight.release(message.handle)


def make_worker(app: Celery, *, slots: int) -> Any:
    """Celery's controller without its command line: no banner, no signal handlers, no messages between workers."""
    return app.WorkController(
        pool="threads",
        concurrency=slots,
        queues=["live", "bulk"],
        loglevel="INFO",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
