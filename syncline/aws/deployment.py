"""Connect to a deployment: every client and every wrapper around one, made from the settings in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from syncline.aws import clients
from syncline.aws.bucket import Bucket
from syncline.aws.notifications import EventBus
from syncline.aws.queue import JobQueue
from syncline.aws.settings import Settings
from syncline.aws.store import JobStore

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment as a process uses it. `sqs` is for queues other than the job queues."""

    settings: Settings
    bucket: Bucket
    store: JobStore
    queue: JobQueue
    events: EventBus
    sqs: SQSClient


def connect(settings: Settings, *, patient: bool = False) -> Deployment:
    """Clients that only some programs use are made at their first call, which keeps cold starts short. Those that are
    `patient` outlast minutes of throttling."""
    sqs = clients.lazy_client("sqs", patient=patient)
    return Deployment(
        settings=settings,
        bucket=Bucket(clients.client("s3", patient=patient), settings.need("bucket")),
        store=JobStore(
            clients.client("dynamodb", patient=patient),
            settings.need("table"),
            state_shards=settings.state_shards,
            keep_days=settings.keep_days,
        ),
        queue=JobQueue(sqs, settings),
        events=EventBus(clients.lazy_client("events"), settings.event_bus),
        sqs=sqs,
    )
