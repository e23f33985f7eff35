"""S3's event messages, as far as they concern us: which keys were created."""

from __future__ import annotations

import json
from collections.abc import Iterator

from syncline.core import layout
from syncline.core.errors import InvalidInputError


def created_keys(body: str, *, bucket: str) -> Iterator[str]:
    """The decoded keys of the objects that the message says were created in our bucket.

    S3's test event, deletions and other buckets' events yield nothing. A body that is no S3 event at all raises
    InvalidInputError, so that it ends in the dead-letter queue where somebody can look at it.
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
        raise InvalidInputError(f"The message is not an event of S3: {body[:200]!r}.", code="not_an_event") from error
    yield from map(layout.key_from_event, keys)
