"""Read S3 event messages: which keys were created."""

from __future__ import annotations

import json
from collections.abc import Iterator

from syncline.core import layout
from syncline.core.errors import InvalidInputError


def created_keys(body: str, *, bucket: str) -> Iterator[str]:
    """The decoded keys of the objects that were created in `bucket`.

    S3's test event, deletions and events of other buckets yield nothing. Any other body raises InvalidInputError, so
    that the message ends in the dead-letter queue, where an operator can read it.
    """
    try:
        event = json.loads(body)
        if event.get("Event") == "s3:TestEvent":
            return
        records = event["Records"]
        keys = [
            record["s3"]["object"]["key"]
            for record in records
            if record["eventName"].startswith("ObjectCreated:") and record["s3"]["bucket"]["name"] == bucket
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInputError(f"The message is not an S3 event: {body[:200]!r}.", code="not_an_event") from error
    yield from map(layout.key_from_event, keys)
