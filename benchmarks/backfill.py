"""Compare `syncline backfill` with a simple loop: recordings queued per second, AWS requests per 1,000 recordings.

The loop lists the bucket, then makes one put and one send_task for each recording.

    python -m benchmarks.backfill [--pairs N] [--rounds N] [--latency MS]        (make bench-backfill)

Both use the same moto server in turns, each with its own bucket and deployment. moto answers in about a millisecond,
AWS in about ten. --latency adds milliseconds to every request of both.
"""

from __future__ import annotations

import contextlib
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from benchmarks import report
from syncline.aws import clients
from syncline.aws.bucket import Bucket
from syncline.aws.deployment import Deployment
from syncline.aws.notifications import EventBus
from syncline.aws.queue import JobQueue
from syncline.aws.settings import Settings
from syncline.aws.store import TABLE_DEFINITION, JobStore
from syncline.backfill import listing
from syncline.backfill.batches import Batches
from syncline.backfill.run import Backfill
from syncline.backfill.sending import Sender
from syncline.core import layout, transitions
from syncline.core.job import BULK, LIVE, UploadSet
from syncline.core.message import TASK
from syncline.core.options import Options
from syncline.local.stack import aws_environment, free_port, in_environment

LOOP, BACKFILL = "a simple loop", "syncline backfill"
TARGET_RATIO = 5.0
TARGET_REQUESTS = 220
FOLDERS = 10
ARCHIVE = "archive"


class Requests:
    """Count every request of a client, and delay it as a network would."""

    def __init__(self, latency_seconds: float) -> None:
        self.count: Counter[str] = Counter()
        self._latency = latency_seconds
        self._lock = threading.Lock()

    def watch(self, client: Any) -> Any:
        client.meta.events.register("before-send", self._sent)
        return client

    def _sent(self, event_name: str, **_: Any) -> None:
        with self._lock:
            self.count[event_name.rpartition(".")[2]] += 1
        time.sleep(self._latency)


@dataclass(frozen=True)
class Run:
    seconds: float
    requests: Counter[str]


def fill(pairs: int) -> None:
    s3 = clients.client("s3")
    s3.create_bucket(Bucket=ARCHIVE)
    for number in range(pairs):
        for suffix in ("mp3", "txt"):
            s3.put_object(Bucket=ARCHIVE, Key=f"talks/{number % FOLDERS}/t{number:06}.{suffix}", Body=b"x")


def fresh(number: int) -> Settings:
    """An empty table and empty queues, because leftovers of a run would slow down the next one."""
    sqs, name = clients.client("sqs"), f"run-{number}"
    clients.client("dynamodb").create_table(TableName=name, **TABLE_DEFINITION)
    live, bulk = (sqs.create_queue(QueueName=f"{name}-{queue}")["QueueUrl"] for queue in (LIVE, BULK))
    return Settings(bucket=ARCHIVE, table=name, live_queue=live, bulk_queue=bulk)


def deployment(settings: Settings, requests: Requests) -> Deployment:
    sqs = requests.watch(clients.client("sqs"))
    return Deployment(
        settings=settings,
        bucket=Bucket(requests.watch(clients.client("s3")), ARCHIVE),
        store=JobStore(requests.watch(clients.client("dynamodb")), settings.need("table")),
        queue=JobQueue(sqs, settings),
        events=EventBus(None, None),
        sqs=sqs,
    )


def run_naive(made: Deployment, requests: Requests) -> None:
    """A simple script: list everything, pair it in a dictionary, then write one record and send one message each."""
    stored = {found.key: found for found in made.bucket.list("talks/")}
    channel = made.queue.app.connection_for_write().channel()
    requests.watch(channel.sqs(queue=BULK))
    producer = made.queue.app.amqp.Producer(channel)
    for key, recording in stored.items():
        place = layout.place_of(key)
        if place.role is layout.Role.RECORDING:
            uploads = UploadSet(recording, stored.get(place.stem + layout.TRANSCRIPT_SUFFIX), Options())
            job = made.store.put(transitions.observed(None, ARCHIVE, uploads, now=datetime.now(UTC), queue=BULK))
            made.queue.app.send_task(
                TASK, args=(job.job_id, job.revision), queue=BULK, ignore_result=True, producer=producer
            )


def run_backfill(made: Deployment, requests: Requests) -> None:
    lister = Bucket(requests.watch(clients.listing_client()), ARCHIVE)
    with ThreadPoolExecutor(8) as readers:
        sender = Sender(made.bucket, made.settings, made, Batches(made.store), readers)
        backfill = Backfill(sender)
        tally = backfill.run(listing.list_sets(lister, "talks/"))
    assert tally.complete, tally


def measured(work: Callable[[Deployment, Requests], None], number: int, *, pairs: int, latency: float) -> Run:
    requests = Requests(latency)
    made = deployment(fresh(number), requests)
    _ = made.queue.app  # import Celery before the measurement starts
    began = time.perf_counter()
    work(made, requests)
    run = Run(time.perf_counter() - began, requests.count)
    name = "ApproximateNumberOfMessages"
    depth = clients.client("sqs").get_queue_attributes(QueueUrl=made.settings.need("bulk_queue"), AttributeNames=[name])
    assert int(depth["Attributes"][name]) == pairs, depth
    return run


def compare(result: report.Result, *, pairs: int, rounds: int, latency: float) -> bool:
    runs: dict[str, list[Run]] = {LOOP: [], BACKFILL: []}
    for number in range(rounds):
        runs[LOOP].append(measured(run_naive, 2 * number, pairs=pairs, latency=latency))
        runs[BACKFILL].append(measured(run_backfill, 2 * number + 1, pairs=pairs, latency=latency))
    for name, own in runs.items():
        result.add(
            "speed", method=name, rate=pairs / statistics.median(run.seconds for run in own),
            requests=per_thousand(own[0], pairs), operations=by_operation(own[0]),
        )  # fmt: skip
    ratio = statistics.median(slow.seconds / fast.seconds for slow, fast in zip(*runs.values(), strict=True))
    count = per_thousand(runs[BACKFILL][0], pairs)
    result.add("summary", pairs=pairs, rounds=rounds, latency=1000 * latency, ratio=ratio)
    reached = ratio >= TARGET_RATIO and count <= TARGET_REQUESTS
    print(
        f"targets: {TARGET_RATIO:.0f} times as fast, {TARGET_REQUESTS} requests: {'reached' if reached else 'MISSED'}"
    )
    return reached


def per_thousand(run: Run, pairs: int) -> float:
    return 1000 * run.requests.total() / pairs


def by_operation(run: Run) -> str:
    return ", ".join(f"{operation} {count}" for operation, count in run.requests.most_common())


@contextlib.contextmanager
def moto() -> Iterator[dict[str, str]]:
    port = free_port()
    command = [sys.executable, "-m", "syncline.local.moto_server", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.2)
        yield aws_environment(f"http://127.0.0.1:{port}")
    finally:
        server.kill()
        server.wait()


def main() -> int:
    parser = report.parser(__doc__)
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--latency", type=float, default=0.0, metavar="MS")
    given = parser.parse_args()
    with (
        report.measuring("backfill", given, packages=["boto3", "moto"]) as result,
        moto() as environment,
        in_environment(environment),
    ):
        fill(given.pairs)
        reached = compare(result, pairs=given.pairs, rounds=given.rounds, latency=given.latency / 1000)
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
