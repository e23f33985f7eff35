"""The Celery application: `syncline.process` messages in, `syncline.pipeline.job_runner.process` called for each.

Celery owns the consumer and the threads. What becomes of a message is decided here and not by Celery's
acknowledgements: it is deleted when its job is settled, and otherwise stays in SQS and comes again; after too many
times SQS itself moves it to the dead-letter queue.

`worker.runtime` starts a worker with an application made here. `celery -A worker.app worker` does the same
through `app`,
which is made from the environment when it is asked for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from celery import Celery, Task

from syncline.aws.queue import celery_app
from syncline.aws.settings import Settings
from syncline.core.message import TASK
from syncline.pipeline.job_runner import Ending
from worker import transport
from worker.deliveries import Deliveries, Delivery
from worker.transport import Inbox

logger = logging.getLogger(__name__)

BUG_AGAIN_SECONDS = 30.0

Work = Callable[[str, str, Delivery], Ending]


@dataclass(slots=True)
class Hands:
    """What the task and the transport work with; there from when the worker starts until it has ended."""

    inbox: Inbox | None = None
    work: Work | None = None


def __getattr__(name: str) -> Any:
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from worker.runtime import command_line_app  # there the parts of a worker are put together

    return command_line_app()


def make_app(settings: Settings, hands: Hands) -> Celery:
    app = celery_app(settings)
    transport.register()
    app.conf.update(
        broker_url=f"{transport.SCHEME}://",
        broker_transport_options={"hands": hands},
        task_acks_late=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
    )
    app.task(name=TASK, bind=True)(_task(hands))
    return app


def _task(hands: Hands) -> Callable[..., None]:
    def run(task: Task, job_id: str, revision: str) -> None:
        if hands.inbox is None or hands.work is None:
            raise RuntimeError(f"{TASK} runs in a worker only")
        deliveries, work = hands.inbox.deliveries, hands.work
        delivery = deliveries.get(task.request.properties["delivery_tag"])
        if delivery is None:  # given back while it waited for this thread: the worker stops
            return
        ending = Ending.again(BUG_AGAIN_SECONDS)
        try:
            ending = work(job_id, revision, delivery)
        except Exception:
            logger.exception("a bug", extra={"job_id": job_id})
        finally:  # also for what is no Exception: a message that nobody settles keeps its slot and stays hidden
            _settle(deliveries, delivery, ending)

    return run


def _settle(deliveries: Deliveries, delivery: Delivery, ending: Ending) -> None:
    if ending.served:
        deliveries.done(delivery)
    elif ending.seconds is not None:
        deliveries.later(delivery, seconds=ending.seconds)
    else:
        deliveries.let_go(delivery.handle)


def make_worker(app: Celery, *, slots: int) -> Any:
    """Celery's controller without its command line: no banner, no signal handlers, no chatter between workers."""
    return app.WorkController(
        pool="threads",
        concurrency=slots,
        queues=["live", "bulk"],
        loglevel="INFO",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
