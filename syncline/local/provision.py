"""Create in an empty account what Terraform creates in a real one: bucket, queues with redrive, table, notification.

Run as `python -m syncline.local.provision` where another program, such as Docker Compose, starts the processes.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import Any

from syncline.aws import clients, settings
from syncline.aws.settings import Settings
from syncline.aws.store import TABLE_DEFINITION
from syncline.core import layout

NAME = "syncline"
BUCKET = "syncline-local"
FUNCTION_TIMEOUT_SECONDS = 30
INGEST_VISIBILITY_SECONDS = 6 * FUNCTION_TIMEOUT_SECONDS  # required by AWS for an event source mapping
INGEST_RECEIVES = 5
WORK_RECEIVES = 12  # receives that find the job leased count, too; the record counts the attempts
# The dead_letters function receives from these.
DEAD_LETTER_ATTRIBUTES = {"MessageRetentionPeriod": "1209600", "VisibilityTimeout": str(INGEST_VISIBILITY_SECONDS)}


def provision(settings: Settings) -> Settings:
    """-> the settings with the names of the created resources."""
    sqs, s3, dynamodb = clients.client("sqs"), clients.client("s3"), clients.client("dynamodb")
    visibility = settings.lease_seconds
    ingest, ingest_dead = _queue_pair(sqs, f"{NAME}-ingest", INGEST_VISIBILITY_SECONDS, INGEST_RECEIVES)
    live, live_dead = _queue_pair(sqs, f"{NAME}-live", visibility, WORK_RECEIVES)
    bulk, bulk_dead = _queue_pair(sqs, f"{NAME}-bulk", visibility, WORK_RECEIVES)
    dynamodb.create_table(TableName=f"{NAME}-jobs", **TABLE_DEFINITION)
    s3.create_bucket(Bucket=BUCKET)
    _allow_events(sqs, ingest)
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET,
        NotificationConfiguration={
            "QueueConfigurations": [
                {
                    "QueueArn": _arn(sqs, ingest),
                    "Events": ["s3:ObjectCreated:*"],
                    "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": layout.UPLOADS}]}},
                }
            ]
        },
    )
    return replace(
        settings, bucket=BUCKET, table=f"{NAME}-jobs", ingest_queue=ingest, live_queue=live, bulk_queue=bulk,
        ingest_dead_letters=ingest_dead, live_dead_letters=live_dead, bulk_dead_letters=bulk_dead,
    )  # fmt: skip


def _queue_pair(sqs: Any, name: str, visibility_seconds: int, receives: int) -> tuple[str, str]:
    dead = sqs.create_queue(QueueName=f"{name}-dead-letters", Attributes=DEAD_LETTER_ATTRIBUTES)
    redrive = {"deadLetterTargetArn": _arn(sqs, dead["QueueUrl"]), "maxReceiveCount": receives}
    queue = sqs.create_queue(
        QueueName=name,
        Attributes={
            "VisibilityTimeout": str(visibility_seconds),
            "MessageRetentionPeriod": "1209600",
            "RedrivePolicy": json.dumps(redrive),
        },
    )
    return queue["QueueUrl"], dead["QueueUrl"]


def _allow_events(sqs: Any, queue_url: str) -> None:
    """S3 sends a test event when it is configured, and refuses a queue that it may not send to."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": _arn(sqs, queue_url),
        "Condition": {"ArnEquals": {"aws:SourceArn": f"arn:aws:s3:::{BUCKET}"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=queue_url, Attributes={"Policy": policy})


def _arn(sqs: Any, url: str) -> str:
    return str(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"])


if __name__ == "__main__":
    provision(settings.read(os.environ))
