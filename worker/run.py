"""Starts a worker: one process that holds Celery, and the alignment processes that all of its jobs share."""

from __future__ import annotations

import logging
import os

from syncline import aws
from syncline.deployment import connect
from syncline.settings import Settings
from worker import liveness
from worker.app import make_app, make_worker
from worker.cores import usable_cores
from worker.deliveries import Deliveries, Delivery
from worker.folder import own_folder
from worker.heartbeat import Heartbeat
from worker.pool import AlignmentPool
from worker.process import Ending, process
from worker.protection import Protection
from worker.receiver import Receiver
from worker.services import WINDOW_SECONDS_AT_MOST, Services
from worker.stopping import Stop
from worker.transport import Inbox

logger = logging.getLogger(__name__)

LONG_POLL_SECONDS = 10


def run(settings: Settings, *, wait_seconds: int = LONG_POLL_SECONDS) -> int:
    """Works until it is told to stop (SIGTERM or SIGINT). -> the exit code."""
    cores = usable_cores()
    processes = settings.processes or cores
    # One more job than cores: while it waits for S3 or DynamoDB, the others compute.
    slots = settings.slots or cores + 1
    deployment, live_url, bulk_url = connect(settings), settings.need("live_queue"), settings.need("bulk_queue")
    liveness.settle()
    with own_folder() as folder, AlignmentPool(processes, task_seconds=WINDOW_SECONDS_AT_MOST) as pool:
        services = Services(deployment, pool, folder)
        sqs = aws.client("sqs")
        deliveries = Deliveries(sqs, slots=slots)
        receiver = Receiver(sqs, deliveries, live_url=live_url, bulk_url=bulk_url, wait_seconds=wait_seconds)
        inbox = Inbox(receiver, deliveries)
        stop = Stop(deliveries, receiver, services.running, stop_seconds=settings.stop_seconds, folder=folder)

        def work(job_id: str, revision: str, delivery: Delivery) -> Ending:
            return process(job_id, revision, delivery, services)

        heartbeat = Heartbeat(
            deliveries,
            services.running,
            Protection.of(os.environ),
            lease_seconds=settings.lease_seconds,
            listening=lambda: inbox.listening,
            give_up=stop.give_up,
        )
        worker = make_worker(make_app(settings, inbox, work), slots=slots)
        stop.listen()
        heartbeat.start()
        logger.info("ready", extra={"slots": slots, "processes": processes, "worker": services.worker})
        worker.start()
        deliveries.close()
        receiver.join()
        deliveries.give_back()
        heartbeat.stop()
        logger.info("stopped")
        return stop.exit_code or int(worker.exitcode or 0)
