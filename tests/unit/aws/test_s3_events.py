import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.aws.s3_events import created_keys
from syncline.core.errors import InvalidInputError


def record(key: str, name: str = "ObjectCreated:Put", bucket: str = "b") -> dict:
    return {"eventName": name, "s3": {"bucket": {"name": bucket}, "object": {"key": key}}}


def keys(*records: dict) -> list[str]:
    return list(created_keys(json.dumps({"Records": records}), bucket="b"))


def test_keys_come_decoded() -> None:
    assert keys(record("uploads/a+b%2Bc%25/%F0%9F%98%80.mp3")) == ["uploads/a b+c%/😀.mp3"]


def test_deletions_and_other_buckets_are_skipped() -> None:
    assert keys(
        record("a", "ObjectRemoved:Delete"), record("b", bucket="other"), record("c", "ObjectCreated:Copy")
    ) == ["c"]


def test_the_test_event_is_skipped() -> None:
    assert list(created_keys('{"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"}', bucket="b")) == []


def event_bridge(key: str, *, kind: str = "Object Created", bucket: str = "b", source: str = "aws.s3") -> str:
    detail = {"version": "0", "bucket": {"name": bucket}, "object": {"key": key, "size": 5}, "reason": "PutObject"}
    return json.dumps({"version": "0", "detail-type": kind, "source": source, "account": "1", "detail": detail})


def sns(message: str) -> str:
    return json.dumps({"Type": "Notification", "TopicArn": "arn:aws:sns:eu-west-1:1:uploads", "Message": message})


def test_keys_from_eventbridge_come_as_they_are() -> None:
    assert list(created_keys(event_bridge("uploads/a+b%2Bc é.mp3"), bucket="b")) == ["uploads/a+b%2Bc é.mp3"]
    assert list(created_keys(event_bridge("a", kind="Object Deleted"), bucket="b")) == []
    assert list(created_keys(event_bridge("a", bucket="other"), bucket="b")) == []


def test_an_event_in_an_envelope_of_sns_is_read() -> None:
    plain = json.dumps({"Records": [record("uploads/a+b.mp3")]})
    assert list(created_keys(sns(plain), bucket="b")) == ["uploads/a b.mp3"]
    assert list(created_keys(sns(event_bridge("uploads/a+b.mp3")), bucket="b")) == ["uploads/a+b.mp3"]
    assert list(created_keys(sns('{"Service": "Amazon S3", "Event": "s3:TestEvent"}'), bucket="b")) == []


@pytest.mark.parametrize(
    "body",
    [
        event_bridge("a", source="my.app"),
        '{"detail-type": "Object Created", "source": "aws.s3"}',
        sns("hello"),
        sns(sns("{}")),
        '{"Type": "SubscriptionConfirmation", "SubscribeURL": "https://sns"}',
        "[" * 100_000,
    ],
)
def test_another_envelope_is_refused(body: str) -> None:
    with pytest.raises(InvalidInputError, match="not an S3 event"):
        list(created_keys(body, bucket="b"))


@pytest.mark.parametrize("body", ["", "hello", "[]", "{}", '{"Records": 3}', '{"Records": [{}]}', "null"])
def test_anything_else_is_refused(body: str) -> None:
    with pytest.raises(InvalidInputError, match="not an S3 event"):
        list(created_keys(body, bucket="b"))


@given(st.text(max_size=80))
def test_any_text_is_refused_or_yields_keys(body: str) -> None:
    with contextlib.suppress(InvalidInputError):
        list(created_keys(body, bucket="b"))
