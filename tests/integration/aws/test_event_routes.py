"""The ways of an S3 event to the ingest queue: S3 itself, a topic with raw delivery or without, an EventBridge rule."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from syncline.aws import clients
from syncline.aws.s3_events import created_keys
from tests.local_aws import empty_account, wait_for

KEY = "uploads/a+b %2B é.mp3"
CREATED = ["s3:ObjectCreated:*"]
ANYONE = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [ANYONE]})


def through_s3(queue_arn: str) -> dict[str, Any]:
    return {"QueueConfigurations": [{"QueueArn": queue_arn, "Events": CREATED}]}


def through_topic(queue_arn: str, *, raw: bool) -> dict[str, Any]:
    sns = clients.client("sns")
    topic = sns.create_topic(Name="uploads", Attributes={"Policy": POLICY})["TopicArn"]
    sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=queue_arn, Attributes={"RawMessageDelivery": str(raw).lower()}
    )
    return {"TopicConfigurations": [{"TopicArn": topic, "Events": CREATED}]}


def through_event_bridge(queue_arn: str) -> dict[str, Any]:
    events = clients.client("events")
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"]}
    events.put_rule(Name="uploads", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="uploads", Targets=[{"Id": "ingest", "Arn": queue_arn}])
    return {"EventBridgeConfiguration": {}}


ROUTES: dict[str, Callable[[str], dict[str, Any]]] = {
    "S3": through_s3,
    "SNS": lambda queue_arn: through_topic(queue_arn, raw=False),
    "SNS with raw delivery": lambda queue_arn: through_topic(queue_arn, raw=True),
    "EventBridge": through_event_bridge,
}


@pytest.fixture(params=["moto", "ministack"])
def account(request: pytest.FixtureRequest) -> Iterator[None]:
    with empty_account(request.getfixturevalue("ministack") if request.param == "ministack" else None):
        yield


@pytest.mark.parametrize("route", ROUTES)
def test_the_reception_understands_the_event(route: str, account: None) -> None:
    s3, sqs = clients.client("s3"), clients.client("sqs")
    queue = sqs.create_queue(QueueName="ingest", Attributes={"Policy": POLICY})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    s3.create_bucket(Bucket="talks")
    s3.put_bucket_notification_configuration(Bucket="talks", NotificationConfiguration=ROUTES[route](arn))
    s3.put_object(Bucket="talks", Key=KEY, Body=b"x")

    def keys() -> list[str]:
        messages = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages", [])
        return [key for message in messages for key in created_keys(message["Body"], bucket="talks")]

    assert wait_for(keys, seconds=20, what="the event") == [KEY]
