"""From a job queue: aligns short recordings here, in the function itself, where no worker is always running.

It lives in a container image (docker/lambda.Dockerfile), because it needs what the worker has. Lambda has no POSIX
semaphores: multiprocessing's locks, queues and pools do not work there, so everything runs in this one process.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from lambdas.startup import deployment
from syncline.aws import clients
from syncline.aws.deployment import Deployment
from syncline.aws.settings import Settings
from syncline.core import message
from syncline.core.job import BULK, LIVE
from syncline.pipeline.job_runner import process
from syncline.pipeline.services import Services
from syncline.processes.pool import SerialPool
from worker.deliveries import Deliveries, Delivery
from worker.heartbeat import Heartbeat
from worker.protection import Protection

logger = logging.getLogger(__name__)

SPARE_SECONDS = 20.0  # before Lambda ends us: for writing down why the job has to end


def handler(event: dict[str, Any], context: Any) -> dict[str, list[dict[str, str]]]:
    """Messages that are not settled are named; SQS brings them again, and in the end sets them aside."""
    ends_at = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - SPARE_SECONDS
    unsettled = [record["messageId"] for record in event["Records"] if not _settled(record, ends_at - time.monotonic())]
    return {"batchItemFailures": [{"itemIdentifier": message} for message in unsettled]}


def _settled(record: dict[str, Any], seconds: float) -> bool:
    try:
        order = message.read(record["body"])
    except message.UnrecognisedMessageError as error:
        logger.error("not a job: %s", error)
        return False
    if seconds <= 0:
        logger.warning("no time left in this invocation", extra={"job_id": order.job_id})
        return False
    own = _within(deployment(), seconds)
    delivery = _delivery(record, own.settings)
    with tempfile.TemporaryDirectory() as folder:
        services = Services(own, SerialPool(), Path(folder))
        with _kept(services, delivery) as deliveries:
            ending = process(order.job_id, order.revision, delivery, services)
            if ending.seconds is not None:
                deliveries.later(delivery, seconds=ending.seconds)
    return ending.served


def _within(whole: Deployment, seconds: float) -> Deployment:
    """With the time that is left as the job's: it ends with a reason, rather than with the function."""
    allowed = max(1, min(whole.settings.job_seconds, int(seconds)))
    return replace(whole, settings=replace(whole.settings, job_seconds=allowed, job_seconds_per_audio_second=0))


def _delivery(record: dict[str, Any], settings: Settings) -> Delivery:
    """Events spell SQS's names with a small first letter, and name the queue by its ARN."""
    bulk = settings.need("bulk_queue")
    name = BULK if record["eventSourceARN"].rpartition(":")[2] == bulk.rpartition("/")[2] else LIVE
    message = {
        "ReceiptHandle": record["receiptHandle"],
        "Body": record["body"],
        "Attributes": record.get("attributes", {}),
    }
    return Delivery.of(message, queue=name, queue_url=settings.need(f"{name}_queue"))


@contextmanager
def _kept(services: Services, delivery: Delivery) -> Iterator[Deliveries]:
    """Lease and message are renewed while the job runs, and only then: between two events this process is frozen."""
    deliveries = Deliveries(clients.client("sqs"), slots=1)
    deliveries.take([delivery])
    heartbeat = Heartbeat(
        deliveries,
        services.running,
        Protection.of({}),
        lease_seconds=services.deployment.settings.lease_seconds,
        listening=lambda: False,
        give_up=lambda reason: logger.error("%s", reason),
    )
    heartbeat.start()
    try:
        yield deliveries
    finally:
        heartbeat.stop()
        deliveries.let_go(delivery.handle)
