"""What doctor says about a bucket's event notifications."""

from __future__ import annotations

from typing import Any

import pytest

from syncline.cli.doctor.check import Finding
from syncline.cli.doctor.notifications import check_notifications

INGEST = "arn:aws:sqs:eu-west-1:123456789012:syncline-ingest"
OTHER = "arn:aws:sqs:eu-west-1:123456789012:other"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:uploads"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:resize"


def queue(arn: str = INGEST, *events: str, **filters: str) -> dict[str, Any]:
    found: dict[str, Any] = {"QueueArn": arn, "Events": list(events or ["s3:ObjectCreated:*"])}
    if filters:
        rules = [{"Name": name.capitalize(), "Value": value} for name, value in filters.items()]
        found["Filter"] = {"Key": {"FilterRules": rules}}
    return found


def created(*names: str) -> list[str]:
    return [f"s3:ObjectCreated:{name}" for name in names]


@pytest.mark.parametrize(
    "queues",
    [
        [queue()],
        [queue(prefix="uploads/")],
        [queue(prefix="up"), queue(OTHER)],
        [queue(INGEST, *created("Put", "Post", "Copy", "CompleteMultipartUpload"))],
        [queue(INGEST, *created("Put", "Post")), queue(INGEST, *created("Copy", "CompleteMultipartUpload"))],
    ],
)
def test_every_upload_is_announced_to_the_ingest_queue(queues: list[dict[str, Any]]) -> None:
    check = check_notifications({"QueueConfigurations": queues}, bucket="b", ingest_arn=INGEST)
    assert (check.finding, check.says) == (Finding.OK, "b announces every object created under uploads/")


@pytest.mark.parametrize(
    ("configuration", "finding", "says"),
    [
        ({}, Finding.BAD, "b announces no uploads"),
        ({"QueueConfigurations": [queue(INGEST, "s3:ObjectRemoved:*")]}, Finding.BAD, "b announces no uploads"),
        ({"QueueConfigurations": [queue(OTHER)]}, Finding.BAD, f"to the queue {OTHER}, not to the ingest"),
        (
            {"QueueConfigurations": [queue(INGEST, *created("Copy"))]},
            Finding.BAD,
            "does not announce s3:ObjectCreated:Put, s3:ObjectCreated:Post, "
            "s3:ObjectCreated:CompleteMultipartUpload to the ingest queue",
        ),
        ({"QueueConfigurations": [queue(prefix="videos/")]}, Finding.BAD, "only keys under videos/"),
        ({"QueueConfigurations": [queue(suffix=".mp3")]}, Finding.BAD, "only keys ending in .mp3"),
        (
            {"LambdaFunctionConfigurations": [{"LambdaFunctionArn": FUNCTION, "Events": created("*")}]},
            Finding.BAD,
            f"to the function {FUNCTION}",
        ),
        (
            {"TopicConfigurations": [{"TopicArn": TOPIC, "Events": created("*")}]},
            Finding.NOTE,
            f"to the SNS topic {TOPIC}, not to the ingest queue {INGEST}",
        ),
        ({"EventBridgeConfiguration": {}}, Finding.NOTE, "to EventBridge only"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_precisely(configuration: dict[str, Any], finding: Finding, says: str) -> None:
    check = check_notifications(configuration, bucket="b", ingest_arn=INGEST)
    assert check.finding is finding
    assert says in check.says
    assert check.mend


def test_a_route_besides_the_ingest_queue_changes_nothing() -> None:
    configuration = {"QueueConfigurations": [queue()], "EventBridgeConfiguration": {}}
    assert check_notifications(configuration, bucket="b", ingest_arn=INGEST).finding is Finding.OK
