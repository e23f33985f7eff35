"""Check a deployment: credentials, bucket, queues, table, status URL."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from syncline import __version__
from syncline.aws.settings import Settings
from syncline.aws.state_index import STATE_INDEX
from syncline.cli.doctor.check import Check, Finding
from syncline.cli.doctor.notifications import check_notifications

QUEUES = ("ingest", "live", "bulk")
APPLY = "Run terraform apply."

MakeClient = Callable[[str], Any]


def checks(settings: Settings, client: MakeClient) -> Iterator[tuple[str, Callable[[], Check]]]:
    yield "credentials", lambda: _credentials(client)
    yield "bucket", lambda: _bucket(settings, client)
    for name in QUEUES:
        yield f"{name} queue", lambda name=name: _queue(name, settings, client)  # type: ignore[misc]
    yield "table", lambda: _table(settings, client)
    if settings.status_url:
        yield "status URL", lambda: _status_url(settings)


def _credentials(client: MakeClient) -> Check:
    return Check("credentials", Finding.OK, client("sts").get_caller_identity()["Arn"])


def _bucket(settings: Settings, client: MakeClient) -> Check:
    bucket, queue = settings.need("bucket"), settings.need("ingest_queue")
    configuration = client("s3").get_bucket_notification_configuration(Bucket=bucket)
    arn = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return check_notifications(configuration, bucket=bucket, ingest_arn=arn)


def _queue(name: str, settings: Settings, client: MakeClient) -> Check:
    sqs, url = client("sqs"), settings.need(f"{name}_queue")
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    if "RedrivePolicy" not in attributes:
        return Check(
            f"{name} queue",
            Finding.BAD,
            "The queue has no redrive policy, so unprocessable messages would be lost.",
            APPLY,
        )
    receives = json.loads(attributes["RedrivePolicy"])["maxReceiveCount"]
    visible, in_flight = (attributes[f"ApproximateNumberOfMessages{part}"] for part in ("", "NotVisible"))
    says = f"{visible} visible, {in_flight} in flight; a message is given up after {receives} receives"
    dead = _count(sqs, getattr(settings, f"{name}_dead_letters"))
    if dead:
        return Check(f"{name} queue", Finding.NOTE, f"{says}; {dead} dead letters", "Run syncline dead-letters list.")
    return Check(f"{name} queue", Finding.OK, says)


def _count(sqs: Any, url: str | None) -> int:
    if url is None:
        return 0
    name = "ApproximateNumberOfMessages"
    return int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])


def _table(settings: Settings, client: MakeClient) -> Check:
    table = client("dynamodb").describe_table(TableName=settings.need("table"))["Table"]
    indexes = {index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])}
    if STATE_INDEX not in indexes:
        return Check("table", Finding.BAD, f"{settings.table} has no index {STATE_INDEX}.", APPLY)
    return Check("table", Finding.OK, f"{settings.table} is {table['TableStatus'].lower()}")


def _status_url(settings: Settings) -> Check:
    import urllib.error
    import urllib.request

    address = f"{settings.need('status_url').rstrip('/')}/health"
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:  # noqa: S310 - settings allow http(s) only
            health = json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code == 403:
            return Check("status URL", Finding.OK, "accepts only signed requests (AWS_IAM)")
        return Check("status URL", Finding.BAD, f"answers with status {error.code}.", "Read the status function's log.")
    except OSError as error:
        return Check("status URL", Finding.BAD, f"cannot be reached: {error}.", "Check SYNCLINE_STATUS_URL.")
    if health.get("version") != __version__:
        return Check("status URL", Finding.NOTE, f"runs version {health.get('version')}; this is {__version__}.")
    return Check("status URL", Finding.OK, f"answers with version {__version__}")
