"""An archive to backfill, and what a run of it leaves behind."""

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
from syncline.backfill.pairing import FoundSet
from syncline.backfill.planning import Place, Verdict, Wishes
from syncline.backfill.run import Backfill, Tally
from syncline.backfill.sending import Outcome, Sender
from syncline.core import message as messages
from syncline.core.job import Job, job_id_of

LATER = timedelta(seconds=90)
AT_ONCE = 10
EVERYTHING = Wishes()


class KilledError(BaseException):
    """Raised where a process is to die: nothing of ours catches it."""


@dataclass
class Archive:
    deployment: Deployment
    bucket: Bucket
    told: list[Outcome] = field(default_factory=list)

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
        wishes: Wishes = EVERYTHING,
        found: Callable[[], Iterator[FoundSet]] | None = None,
        batches_at: Deployment | None = None,
        **options: Any,
    ) -> Tally:
        deployment = batches_at or self.deployment
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
                wishes,
                Place(self.bucket.name, deployment.bucket.name),
                at_once=AT_ONCE,
                patience_seconds=0.2,
                **limits,
            )
            run.report = self.told.append
            return run.run(found() if found else listing.sets_under(self.bucket, prefix))

    def job(self, key: str) -> Job | None:
        return self.deployment.store.get(job_id_of(self.bucket.name, key))

    def messages(self) -> Counter[tuple[str, str]]:
        """Takes everything out of the bulk queue; -> job ids and revisions, and how often each was there."""
        sqs, taken = self.deployment.sqs, Counter[tuple[str, str]]()
        url = self.deployment.settings.need("bulk_queue")
        while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in batch:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                received = messages.read(message["Body"])
                taken[received.job_id, received.revision] += 1
        return taken

    def orders(self, keys: list[str]) -> Counter[tuple[str, str]]:
        """What should be in the queue, by the records."""
        jobs = [self.job(key) for key in keys]
        return Counter((job.job_id, job.revision or "") for job in jobs if job)


def only(tally: Tally) -> dict[Verdict, int]:
    return {verdict: count for verdict, count in tally.verdicts.items() if count}


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()
