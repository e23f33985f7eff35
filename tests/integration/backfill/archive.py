"""A bucket to backfill, and what a run leaves behind."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from syncline.aws.bucket import Bucket
from syncline.aws.deployment import Deployment
from syncline.aws.settings import Settings
from syncline.backfill import listing
from syncline.backfill.batches import Batches
from syncline.backfill.pairing import ListedSet
from syncline.backfill.planning import RecordingStatus, Selection
from syncline.backfill.run import Backfill, Tally
from syncline.backfill.sending import ProcessedJob, Sender
from syncline.core import message as messages
from syncline.core.job import Job, job_id_of

LATER = timedelta(seconds=90)
BATCH_SIZE = 10
EVERYTHING = Selection()


class KilledError(BaseException):
    """The process is killed. Not an Exception, so that the code under test cannot catch it."""


@dataclass
class Archive:
    deployment: Deployment
    bucket: Bucket
    processed: list[ProcessedJob] = field(default_factory=list)

    def put(self, key: str, body: bytes = b"some bytes", **options: Any) -> None:
        self.bucket.client.put_object(Bucket=self.bucket.name, Key=key, Body=body, **options)

    def pairs(self, count: int, *, folder: str = "talks/") -> list[str]:
        keys = [f"{folder}t{number:03}.mp3" for number in range(count)]
        for key in keys:
            self.put(key)
            self.put(f"{key[:-4]}.txt")
        return keys

    def backfill(
        self,
        prefix: str = "talks/",
        *,
        settings: Settings | None = None,
        after: timedelta = timedelta(0),
        selection: Selection = EVERYTHING,
        sets: Callable[[], Iterator[ListedSet]] | None = None,
        deployment: Deployment | None = None,
        **options: Any,
    ) -> Tally:
        deployment = deployment or self.deployment
        limits = {name: options.pop(name) for name in ("limit", "max_rate") if name in options}
        with ThreadPoolExecutor(2) as readers:
            sender = Sender(
                source=self.bucket,
                settings=settings or deployment.settings,
                deployment=deployment,
                batches=Batches(deployment.store),
                readers=readers,
                clock=lambda: datetime.now(UTC) + after,
                **options,
            )
            run = Backfill(
                sender,
                selection,
                batch_size=BATCH_SIZE,
                sender_timeout_seconds=0.2,
                **limits,
            )
            run.on_processed = self.processed.append
            return run.run(sets() if sets else listing.list_sets(self.bucket, prefix))

    def job(self, key: str) -> Job | None:
        return self.deployment.store.get(job_id_of(self.bucket.name, key))

    def messages(self) -> Counter[tuple[str, str]]:
        """Remove every message from the bulk queue -> job ids and revisions, and how often each was there."""
        sqs, taken = self.deployment.sqs, Counter[tuple[str, str]]()
        url = self.deployment.settings.need("bulk_queue")
        while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in batch:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                received = messages.read(message["Body"])
                taken[received.job_id, received.revision] += 1
        return taken

    def expected_messages(self, keys: list[str]) -> Counter[tuple[str, str]]:
        """The messages that the records ask for."""
        jobs = [self.job(key) for key in keys]
        return Counter((job.job_id, job.revision or "") for job in jobs if job)


def only(tally: Tally) -> dict[RecordingStatus, int]:
    return {status: count for status, count in tally.statuses.items() if count}


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()
