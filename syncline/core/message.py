"""Read and write the messages of the job queues.

A message is a Celery message (protocol 2, JSON) for the task `syncline.process` with the arguments job_id and
revision. Everything else about a job is in its record.

Any principal with permission to send can put arbitrary bytes on a queue. `read` therefore accepts nothing but these two
arguments and Celery's task id. The worker passes Celery a new message that `kombu_payload` writes from those three
strings, so no field of a received message reaches Celery.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from syncline.core.errors import InvalidInputError
from syncline.core.job import JOB_ID

TASK = "syncline.process"
ARGUMENTS = ("job_id", "revision")
MAX_ARGUMENT_CHARS = 200


class UnrecognisedMessageError(InvalidInputError):
    """The message is not a Celery message that asks to process a job."""

    default_code = "not_a_job_message"


@dataclass(frozen=True, slots=True)
class JobMessage:
    """A request to process one revision of a job. `task_id` is Celery's id of the message, for logs on both sides."""

    job_id: str
    revision: str
    task_id: str


def new_message(job_id: str, revision: str) -> JobMessage:
    return JobMessage(job_id, revision, str(uuid4()))


def read(body: str) -> JobMessage:
    """The message in the body of an SQS message. Raises UnrecognisedMessageError, and no other exception."""
    try:
        return _read(body)
    except (ValueError, RecursionError) as error:  # from JSON, UTF-8 and base64
        raise UnrecognisedMessageError(f"The message names no job: unreadable, {error}.") from error


def kombu_payload(message: JobMessage, *, delivery_tag: str, queue: str) -> dict[str, Any]:
    """The message as kombu passes it to a Celery consumer."""
    return {
        "body": json.dumps([[message.job_id, message.revision], {}, {}]),
        "content-type": "application/json",
        "content-encoding": "utf-8",
        "headers": {"lang": "py", "task": TASK, "id": message.task_id, "root_id": message.task_id},
        "properties": {
            "correlation_id": message.task_id,
            "delivery_tag": delivery_tag,
            "delivery_info": {"exchange": "", "routing_key": queue},
        },
    }


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """A message that Celery wrote for one queue, to be filled with other arguments.

    Messages for one queue differ in nothing else, and a message written by Celery takes five times as long.
    """

    envelope: Mapping[str, Any]
    after_arguments: Sequence[Any]  # the keyword arguments and the options of Celery's message body

    @classmethod
    def from_celery(cls, body: str) -> MessageTemplate:
        envelope = json.loads(base64.b64decode(body))
        _, *after_arguments = json.loads(base64.b64decode(envelope["body"]))
        return cls(envelope, after_arguments)

    def fill(self, message: JobMessage) -> str:
        """The body of an SQS message."""
        arguments = (message.job_id, message.revision)
        headers = {"id": message.task_id, "root_id": message.task_id, "argsrepr": repr(arguments)}
        properties = {"correlation_id": message.task_id, "delivery_tag": str(uuid4())}
        envelope = {
            **self.envelope,
            "body": _to_base64([arguments, *self.after_arguments]),
            "headers": self.envelope["headers"] | headers,
            "properties": self.envelope["properties"] | properties,
        }
        return _to_base64(envelope)


def _read(body: str) -> JobMessage:
    envelope = _object(_json(_unwrap(body)), "the message")
    headers = _object(envelope.get("headers"), "its headers")
    if headers.get("task") != TASK:
        raise _unrecognised(f"its task is {str(headers.get('task'))[:80]!r}, not {TASK!r}")
    properties = _object(envelope.get("properties"), "its properties")
    inner = envelope.get("body")
    if not isinstance(inner, str):
        raise _unrecognised("its body is not a string")
    encoded = properties.get("body_encoding") == "base64"
    content = _json(_from_base64(inner) if encoded else inner)
    if not isinstance(content, list) or len(content) != 3:
        raise _unrecognised("its body is not [args, kwargs, embed]")
    job_id, revision = _bind(content[0], content[1])
    task_id = headers.get("id")
    if not isinstance(task_id, str) or not task_id:
        raise _unrecognised("it has no id")
    return JobMessage(job_id, revision, task_id[:MAX_ARGUMENT_CHARS])


def _unwrap(body: str) -> str:
    """kombu encodes the whole envelope as base64 unless it is configured not to."""
    return body if body.lstrip().startswith("{") else _from_base64(body)


def _bind(args: object, kwargs: object) -> tuple[str, str]:
    """Arguments may be positional or named."""
    if not isinstance(args, list) or not isinstance(kwargs, dict) or len(args) > len(ARGUMENTS):
        raise _unrecognised("its arguments have the wrong form")
    given = dict(zip(ARGUMENTS, args, strict=False)) | kwargs
    if set(given) != set(ARGUMENTS) or len(args) + len(kwargs) != len(ARGUMENTS):
        raise _unrecognised(f"its arguments are not {' and '.join(ARGUMENTS)}")
    job_id, revision = given["job_id"], given["revision"]
    if not isinstance(job_id, str) or not JOB_ID.fullmatch(job_id):
        raise _unrecognised(f"{str(job_id)[:80]!r} is not a job id")
    if not isinstance(revision, str) or not 0 < len(revision) <= MAX_ARGUMENT_CHARS:
        raise _unrecognised(f"its revision is not a string of 1 to {MAX_ARGUMENT_CHARS} characters")
    return job_id, revision


def _from_base64(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except binascii.Error as error:
        raise _unrecognised(f"neither JSON nor base64, {error}") from error


def _to_base64(value: object) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def _json(text: str) -> object:
    found: object = json.loads(text)
    return found


def _object(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _unrecognised(f"{name} is not a JSON object")
    return value


def _unrecognised(reason: str) -> UnrecognisedMessageError:
    return UnrecognisedMessageError(f"The message names no job: {reason}.")
