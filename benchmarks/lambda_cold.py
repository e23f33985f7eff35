"""Measure the cost of a cold start and of a record, compared with a bare boto3 handler and the same calls.

    python -m benchmarks.lambda_cold        # make bench-lambda

All figures are CPU milliseconds of the function's process, so that other load does not distort them. AWS is a moto
server in another process. Limits: an import of at most 2.5 times bare boto3's, and at most 2 ms a record over
the AWS calls themselves. Exit code 1 if one is exceeded.
"""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import report

ROOT = Path(__file__).resolve().parents[1]
MOST_TIMES_BARE = 2.5
MOST_MS_A_RECORD = 2.0
RECORDS_A_BATCH = 10

BARE_BOTO3, BARE_CALLS = "bare boto3 (s3, dynamodb, sqs)", "bare boto3, the same calls"
BARE = "import boto3; [boto3.client(name) for name in ('s3', 'dynamodb', 'sqs')]"
IMPORTS = {
    "python alone": "pass",
    BARE_BOTO3: BARE,
    "lambdas.reception, connected": "from lambdas.reception import deployment; deployment()",
    "lambdas.status, connected": "from lambdas.status import connected_app; connected_app()",
    "lambdas.dead_letters, connected": "from lambdas.dead_letters import deployment; deployment()",
    "lambdas.reception, and ready to send": (
        "from lambdas.reception import deployment; deployment().queue._template('live')"
    ),
}
UNREACHABLE = {
    "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x",
    "SYNCLINE_BUCKET": "b", "SYNCLINE_TABLE": "t",
    "SYNCLINE_LIVE_QUEUE": "https://sqs.us-east-1.amazonaws.com/1/live",
    "SYNCLINE_BULK_QUEUE": "https://sqs.us-east-1.amazonaws.com/1/bulk",
}  # fmt: skip


def main() -> int:
    parser = report.parser(__doc__)
    parser.add_argument("--runs", type=int, default=9, help="processes per import")
    parser.add_argument("--batches", type=int, default=30, help="batches of ten records per handler")
    arguments = parser.parse_args()
    with report.measuring("lambda", arguments, packages=["boto3"]) as result:
        costs = measure_imports(arguments.runs)
        times = {name: cost / costs[BARE_BOTO3] for name, cost in costs.items()}
        for name, cost in costs.items():
            result.add("starts", what=name, ms=cost, times_bare=times[name])
        records = measure_records(arguments.batches)
        for name, record in records.items():
            result.add("records", what=name, ms=record.whole, outside=record.outside)
        over = records["lambdas.reception"].outside - records[BARE_CALLS].outside
        result.add("records", what="over bare boto3", outside=over)
    worst = max(ratio for name, ratio in times.items() if name.startswith("lambdas"))
    good = worst <= MOST_TIMES_BARE and over <= MOST_MS_A_RECORD
    limits = f"{MOST_TIMES_BARE:g} x bare boto3, {MOST_MS_A_RECORD:g} ms a record"
    print(f"\nLimits {'kept' if good else 'EXCEEDED'}: {limits}.")
    return 0 if good else 1


def measure_imports(runs: int) -> dict[str, float]:
    """The variants take turns, so that other load affects all of them alike."""
    costs: dict[str, list[float]] = {name: [] for name in IMPORTS}
    for number in range(runs + 1):
        for name, code in IMPORTS.items():
            cost = _cpu_of_process(code)
            if number:  # the first round fills the caches
                costs[name].append(cost)
    return {name: statistics.median(each) for name, each in costs.items()}


def _cpu_of_process(code: str) -> float:
    environment = {"PATH": os.environ["PATH"], **UNREACHABLE}
    report = "import resource; use = resource.getrusage(resource.RUSAGE_SELF); print(use.ru_utime + use.ru_stime)"
    command = [sys.executable, "-c", f"{code}\n{report}"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout) * 1000


@dataclass(frozen=True)
class Cost:
    """CPU ms per record.

    AWS calls cost ten times as much as everything around them, and vary by more than that between runs. So the time
    outside the calls is measured itself, not as the difference of two totals.
    """

    whole: float
    outside: float


def measure_records(batches: int) -> dict[str, Cost]:
    from syncline.aws import settings
    from syncline.aws.deployment import connect
    from syncline.aws.settings import Settings
    from syncline.local.provision import provision
    from syncline.local.stack import aws_environment, free_port, in_environment

    url = f"http://127.0.0.1:{free_port()}"
    with (
        tempfile.TemporaryFile() as log,
        _aws_server(url, log),
        in_environment(aws_environment(url)),
        Path(os.devnull).open("w") as hidden,
        contextlib.redirect_stdout(hidden),  # the function logs a line for each record, which is part of its cost
    ):
        made = provision(Settings())
        os.environ.update(settings.as_environment(made))
        deployment = connect(made)
        handlers = {BARE_CALLS: _bare_handler(made), "lambdas.reception": _reception()}
        costs: dict[str, list[Cost]] = {name: [] for name in handlers}
        with _calls_counted() as in_calls:
            for number in range(batches + 2):
                for name, handler in handlers.items():
                    event = _batch(deployment, f"{name[:4]}-{number}")
                    in_calls.seconds, began = 0.0, time.process_time()
                    handler(event)
                    whole = time.process_time() - began
                    if number >= 2:
                        outside = whole - in_calls.seconds
                        costs[name].append(Cost(whole * 1000 / RECORDS_A_BATCH, outside * 1000 / RECORDS_A_BATCH))
    return {name: _median(each) for name, each in costs.items()}


def _median(costs: list[Cost]) -> Cost:
    return Cost(statistics.median(each.whole for each in costs), statistics.median(each.outside for each in costs))


class _InCalls:
    seconds = 0.0


@contextlib.contextmanager
def _calls_counted() -> Iterator[_InCalls]:
    from botocore.client import BaseClient

    counted, call = _InCalls(), BaseClient._make_api_call

    def timed(self: BaseClient, *arguments: Any) -> Any:
        began = time.process_time()
        try:
            return call(self, *arguments)
        finally:
            counted.seconds += time.process_time() - began

    BaseClient._make_api_call = timed
    try:
        yield counted
    finally:
        BaseClient._make_api_call = call


class _aws_server:
    def __init__(self, url: str, log: Any) -> None:
        self._url = url
        command = [sys.executable, "-m", "syncline.local.moto_server", url.rpartition(":")[2]]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)

    def __enter__(self) -> None:
        import urllib.request

        for _ in range(300):
            try:
                urllib.request.urlopen(f"{self._url}/moto-api/", timeout=2).close()
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("moto did not start")

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


def _batch(deployment: Any, name: str) -> dict[str, Any]:
    """Ten new upload sets, complete, and the event for each recording."""
    bucket, records = deployment.bucket, []
    wav = b"RIFF\x24\x08\x00\x00WAVEfmt " + bytes(8000)
    for number in range(RECORDS_A_BATCH):
        key = f"uploads/{name}/{number}.wav"
        bucket.client.put_object(Bucket=bucket.name, Key=key.replace(".wav", ".txt"), Body=b"Good morning. " * 200)
        bucket.client.put_object(Bucket=bucket.name, Key=key, Body=wav)
        about = {"bucket": {"name": bucket.name}, "object": {"key": key}}
        record = {"eventName": "ObjectCreated:Put", "s3": about}
        records.append({
            "messageId": str(number), "receiptHandle": "h", "body": json.dumps({"Records": [record]}),
            "attributes": {"SentTimestamp": "0"}, "messageAttributes": {}, "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:ingest", "awsRegion": "us-east-1", "md5OfBody": "",
        })  # fmt: skip
    return {"Records": records}


def _reception() -> Callable[[dict[str, Any]], Any]:
    from lambdas import reception
    from syncline.local.event_source import Context

    def handle(event: dict[str, Any]) -> None:
        report = reception.handler(event, Context("reception"))
        assert report == {"batchItemFailures": []}, report

    return handle


def _bare_handler(made: Any) -> Callable[[dict[str, Any]], Any]:
    """Only the calls that the reception makes for a complete set, in its order and with payloads of the same size."""
    import boto3
    from botocore.config import Config

    from syncline.aws.store import to_item
    from syncline.core.job import Job, State
    from syncline.core.options import Options

    some_time = "2026-01-02T03:04:05.678Z"
    job = Job("", made.bucket, "uploads/a/1.wav", State.QUEUED, some_time, some_time, options=Options().as_dict())
    written = to_item(job)
    message = "x" * 900  # about what Celery's has

    # The retries that AWS recommends, as in this project's clients: they cost a tenth of a millisecond per call.
    recommended = Config(retries={"mode": "standard"})
    s3, dynamodb, sqs = (boto3.client(name, config=recommended) for name in ("s3", "dynamodb", "sqs"))

    def handle(event: dict[str, Any]) -> None:
        for record in event["Records"]:
            key = json.loads(record["body"])["Records"][0]["s3"]["object"]["key"]
            stem = key[:-4]
            job_id = {"job_id": {"S": key}}
            dynamodb.get_item(TableName=made.table, Key=job_id, ConsistentRead=True)
            list(s3.get_paginator("list_objects_v2").paginate(Bucket=made.bucket, Prefix=stem + "."))
            s3.head_object(Bucket=made.bucket, Key=key)
            s3.get_object(Bucket=made.bucket, Key=key, Range="bytes=0-4095")["Body"].read()
            s3.get_object(Bucket=made.bucket, Key=f"{stem}.txt")["Body"].read()
            item = {**written, **job_id}
            dynamodb.put_item(TableName=made.table, Item=item, ConditionExpression="attribute_not_exists(job_id)")
            sqs.send_message(QueueUrl=made.live_queue, MessageBody=message)
            dynamodb.put_item(TableName=made.table, Item=item, ConditionExpression="attribute_exists(job_id)")
            list(s3.get_paginator("list_objects_v2").paginate(Bucket=made.bucket, Prefix=stem + "."))
            keys = {made.table: {"Keys": [{"job_id": {"S": f"{stem}.txt"}}], "ConsistentRead": True}}
            dynamodb.batch_get_item(RequestItems=keys)

    return handle


if __name__ == "__main__":
    sys.exit(main())
