"""Everything that a process needs to reach a deployment, made from its settings in one place."""

from __future__ import annotations

from dataclasses import dataclass

from syncline.aws import clients
from syncline.aws.bucket import Bucket
from syncline.aws.queue import JobQueue
from syncline.aws.settings import Settings
from syncline.aws.store import JobStore


@dataclass(frozen=True, slots=True)
class Deployment:
    settings: Settings
    bucket: Bucket
    store: JobStore
    queue: JobQueue


def connect(settings: Settings) -> Deployment:
    return Deployment(
        settings=settings,
        bucket=Bucket(clients.client("s3"), settings.need("bucket")),
        store=JobStore(clients.client("dynamodb"), settings.need("table")),
        queue=JobQueue(settings),
    )
