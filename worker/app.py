"""The Celery application: `syncline.process` messages in, `worker.process.process` called for each.

Celery owns the consumer and the threads. What becomes of a message is decided here and not by Celery's
acknowledgements: it is deleted when its job is settled, and otherwise stays in SQS and comes again; after too many
times SQS itself moves it to the dead-letter queue.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from celery import Celery, Task

from syncline.queue import TASK, celery_app
from syncline.settings import Settings
from worker import transport
from worker.deliveries import Deliveries, Delivery
from worker.process import Ending
from worker.transport import Inbox

logger = logging.getLogger(__name__)

BUG_AGAIN_SECONDS = 30.0

Work = Callable[[str, str, Delivery], Ending]


def make_app(settings: Settings, inbox: Inbox, work: Work) -> Celery:
    app = celery_app(settings)
    transport.register()
    app.conf.update(
        broker_url=f"{transport.SCHEME}://",
        broker_transport_options={"inbox": inbox},
        task_acks_late=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
    )
    app.task(name=TASK, bind=True)(_task(inbox.deliveries, work))
    return app


def _task(deliveries: Deliveries, work: Work) -> Callable[..., None]:
    def run(task: Task, job_id: str, revision: str) -> None:
        delivery = deliveries.get(task.request.properties["delivery_tag"])
        if delivery is None:  # given back while it waited for this thread: the worker stops
            return
        try:
            ending = work(job_id, revision, delivery)
        except Exception:
            logger.exception("a bug", extra={"job_id": job_id})
            ending = Ending.again(BUG_AGAIN_SECONDS)
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
