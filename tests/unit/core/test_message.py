from __future__ import annotations

import base64
import json
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.core import message
from syncline.core.message import TASK, JobMessage, MessageTemplate, UnrecognisedMessageError

JOB = "0d3c0c43-5b5c-5a0e-8f5b-3f3a3f7f6f55"
texts = st.text(min_size=1, max_size=200)
messages = st.builds(JobMessage, st.uuids().map(str), texts, texts)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
names = st.sampled_from(["body", "headers", "properties", "task", "id", "body_encoding", "args", "delivery_tag"])


def encoded(value: object) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def envelope(
    arguments: object = (JOB, "r"), named: object = None, *, body_encoding: str = "base64", **changes: Any
) -> dict[str, Any]:
    """An envelope as Celery writes it."""
    content = [arguments, named or {}, {"callbacks": None, "chord": None}]
    return {
        "body": encoded(content) if body_encoding == "base64" else json.dumps(content),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"lang": "py", "task": TASK, "id": "an-id", "argsrepr": "()", "eta": None},
        "properties": {"correlation_id": "an-id", "body_encoding": body_encoding, "delivery_tag": "t"},
    } | changes


TEMPLATE = MessageTemplate.from_celery(encoded(envelope(("job_id", "revision"))))


# --- whatever is written is read back


@given(messages)
def test_a_filled_template_reads_back(written: JobMessage) -> None:
    assert message.read(TEMPLATE.fill(written)) == written


@given(messages)
def test_a_payload_for_celery_reads_back(written: JobMessage) -> None:
    assert message.read(json.dumps(message.kombu_payload(written, delivery_tag="t", queue="live"))) == written


def test_every_new_message_has_an_id_of_its_own() -> None:
    one, other = message.new_message(JOB, "r"), message.new_message(JOB, "r")
    assert (one.job_id, one.revision) == (JOB, "r")
    assert len({str(UUID(one.task_id)), str(UUID(other.task_id))}) == 2


def test_a_payload_for_celery_is_json() -> None:
    payload = message.kombu_payload(JobMessage(JOB, "r", "an-id"), delivery_tag="t", queue="live")
    assert (payload["content-type"], payload["content-encoding"]) == ("application/json", "utf-8")
    assert payload["properties"]["delivery_info"] == {"exchange": "", "routing_key": "live"}


def test_a_template_keeps_what_celery_wrote_and_changes_what_names_the_message() -> None:
    filled = json.loads(base64.b64decode(TEMPLATE.fill(message.new_message(JOB, "r"))))
    assert filled["content-type"] == "application/json"
    assert filled["headers"]["argsrepr"] == repr((JOB, "r"))
    assert filled["headers"]["id"] == filled["headers"]["root_id"] == filled["properties"]["correlation_id"] != "an-id"
    assert json.loads(base64.b64decode(filled["body"]))[2] == {"callbacks": None, "chord": None}


@pytest.mark.parametrize(
    "body",
    [
        encoded(envelope()),
        json.dumps(envelope()),
        json.dumps(envelope(body_encoding="utf-8")),
        encoded(envelope((), {"revision": "r", "job_id": JOB})),
        encoded(envelope((JOB,), {"revision": "r"})),
    ],
    ids=["as Celery sends it", "bare", "bare throughout", "named arguments", "mixed arguments"],
)
def test_every_form_that_celery_can_send_is_read(body: str) -> None:
    found = message.read(body)
    assert (found.job_id, found.revision, found.task_id) == (JOB, "r", "an-id")


# --- nothing but UnrecognisedMessageError


@given(st.text() | st.binary().map(lambda raw: base64.b64encode(raw).decode()))
def test_any_text_is_refused_or_read(body: str) -> None:
    with suppress(UnrecognisedMessageError):
        message.read(body)


@given(st.dictionaries(names, anything | st.dictionaries(names, anything)))
def test_any_envelope_is_refused_or_read(document: dict[str, object]) -> None:
    with suppress(UnrecognisedMessageError):
        message.read(encoded(document))


@given(anything, anything)
def test_any_arguments_are_refused_or_read(arguments: object, named: object) -> None:
    with suppress(UnrecognisedMessageError):
        message.read(encoded(envelope(arguments, named)))


@pytest.mark.parametrize(
    "job_id", ["", "j", "backfill/2026-01-02", JOB.upper(), JOB + "\n", "x" * 3000, "\ud800", None, 7, [JOB]]
)
def test_an_argument_that_is_not_a_job_id_is_refused(job_id: object) -> None:
    with pytest.raises(UnrecognisedMessageError, match=r"names no job: .* is not a job id"):
        message.read(encoded(envelope((job_id, "r"))))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("hello", "base64"),
        ("", "unreadable"),
        (encoded(envelope((JOB, "r" * 201))), "its revision is not a string of 1 to 200 characters"),
        (encoded(envelope((JOB, "r", "more"))), "its arguments have the wrong form"),
        (encoded(envelope((JOB,))), "its arguments are not job_id and revision"),
        (encoded(envelope(headers={"task": "other.task", "id": "i"})), "its task is 'other.task'"),
        (encoded(envelope(headers={"task": TASK})), "it has no id"),
        (encoded(envelope(properties=None)), "its properties is not a JSON object"),
        (encoded(envelope(body=["a", "list"])), "its body is not a string"),
        (encoded(envelope(body=encoded([[JOB, "r"], {}]))), r"its body is not \[args, kwargs, embed\]"),
        (encoded(envelope(body=encoded({"a": 1, "b": 2, "c": 3}))), r"its body is not \[args, kwargs, embed\]"),
        ('{"headers": ' + "9" * 5000 + "}", "unreadable"),
        ("{" * 5000, "unreadable"),
    ],
)
def test_the_reason_of_a_refusal_is_named(body: str, reason: str) -> None:
    with pytest.raises(UnrecognisedMessageError, match=reason):
        message.read(body)
