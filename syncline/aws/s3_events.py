"""Read S3 event messages: which keys were created.

S3 sends them to the queue itself, through an SNS topic (with raw message delivery or without), or through EventBridge.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from syncline.core import layout
from syncline.core.errors import InvalidInputError


def created_keys(body: str, *, bucket: str) -> Iterator[str]:
    """The keys of the objects that were created in `bucket`.

    S3's test event, deletions and events of other buckets yield nothing. Any other body raises InvalidInputError, so
    that the message ends in the dead-letter queue, where an operator can read it.
    """
    try:
        event = _without_sns(json.loads(body))
        keys = _keys_of_event_bridge(event, bucket) if "detail-type" in event else _keys_of_s3(event, bucket)
        yield from [str(key) for key in keys]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidInputError(f"The message is not an S3 event: {body[:200]!r}.", code="not_an_event") from error


def _without_sns(event: Any) -> Any:
    """SNS puts the event as text into an envelope, unless the subscription has raw message delivery."""
    return json.loads(event["Message"]) if event.get("Type") == "Notification" else event


def _keys_of_s3(event: Any, bucket: str) -> list[str]:
    if event.get("Event") == "s3:TestEvent":
        return []
    return [
        layout.key_from_event(record["s3"]["object"]["key"])
        for record in event["Records"]
        if record["eventName"].startswith("ObjectCreated:") and record["s3"]["bucket"]["name"] == bucket
    ]


def _keys_of_event_bridge(event: Any, bucket: str) -> list[str]:
    """EventBridge does not encode keys."""
    if event["source"] != "aws.s3":
        raise ValueError(event["source"])
    detail = event["detail"]
    created = event["detail-type"] == "Object Created" and detail["bucket"]["name"] == bucket
    return [detail["object"]["key"]] if created else []
