"""What a message from the queue asks for. Pure, and strict: whoever may send to the queue may send anything.

Celery never sees the bytes of a stranger: it is handed an envelope written here, from the three values that were
found in the message. So no message, however shaped, meets Celery's own reading of it.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from syncline.aws.queue import TASK

ARGUMENTS = ("job_id", "revision")
LONGEST_ARGUMENT = 200


class NotOursError(Exception):
    """Raised with the reason when a message is not an order to process a job."""


@dataclass(frozen=True, slots=True)
class Order:
    """`task_id` is Celery's; it ties a message to its sender's logs."""

    job_id: str
    revision: str
    task_id: str


def read(body: str) -> Order:
    """A message's body as an order; raises NotOursError, and nothing else, for whatever else it is."""
    try:
        return _read(body)
    except (ValueError, RecursionError) as error:  # of JSON, UTF-8 and base64 alike
        raise NotOursError(f"unreadable: {error}") from error


def write(order: Order, *, handle: str, queue: str) -> dict[str, Any]:
    """The order as a kombu payload of Celery's protocol 2."""
    body = json.dumps([[order.job_id, order.revision], {}, {}])
    return {
        "body": body,
        "content-type": "application/json",
        "content-encoding": "utf-8",
        "headers": {"lang": "py", "task": TASK, "id": order.task_id, "root_id": order.task_id},
        "properties": {
            "correlation_id": order.task_id,
            "delivery_tag": handle,
            "delivery_info": {"exchange": "", "routing_key": queue},
        },
    }


def _read(body: str) -> Order:
    envelope = _object(_json(_unwrapped(body)), "the message")
    headers = _object(envelope.get("headers"), "its headers")
    if headers.get("task") != TASK:
        raise NotOursError(f"its task is {str(headers.get('task'))[:80]!r}, not {TASK!r}")
    properties = _object(envelope.get("properties"), "its properties")
    inner = envelope.get("body")
    if not isinstance(inner, str):
        raise NotOursError("its body is no text")
    encoded = properties.get("body_encoding") == "base64"
    wishes = _json(_from_base64(inner) if encoded else inner)
    if not isinstance(wishes, list) or len(wishes) != 3:
        raise NotOursError("its body is not [args, kwargs, embed]")
    job_id, revision = _bound(wishes[0], wishes[1])
    task_id = headers.get("id")
    if not isinstance(task_id, str) or not task_id:
        raise NotOursError("it has no id")
    return Order(job_id, revision, task_id[:LONGEST_ARGUMENT])


def _unwrapped(body: str) -> str:
    """kombu puts base64 around the whole envelope, unless told not to."""
    return body if body.lstrip().startswith("{") else _from_base64(body)


def _bound(args: object, kwargs: object) -> tuple[str, str]:
    if not isinstance(args, list) or not isinstance(kwargs, dict) or len(args) > len(ARGUMENTS):
        raise NotOursError("its arguments have the wrong form")
    given = dict(zip(ARGUMENTS, args, strict=False)) | kwargs
    if set(given) != set(ARGUMENTS) or len(args) + len(kwargs) != len(ARGUMENTS):
        raise NotOursError(f"its arguments are not {' and '.join(ARGUMENTS)}")
    for name, value in given.items():
        if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ARGUMENT:
            raise NotOursError(f"its {name} is no text of at most {LONGEST_ARGUMENT} characters")
    return given["job_id"], given["revision"]


def _from_base64(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except binascii.Error as error:
        raise NotOursError(f"neither JSON nor base64: {error}") from error


def _json(text: str) -> object:
    found: object = json.loads(text)
    return found


def _object(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise NotOursError(f"{name} is no JSON object")
    return value
