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


@pytest.mark.parametrize("body", ["", "hello", "[]", "{}", '{"Records": 3}', '{"Records": [{}]}', "null"])
def test_anything_else_is_refused(body: str) -> None:
    with pytest.raises(InvalidInputError, match="not an S3 event"):
        list(created_keys(body, bucket="b"))


@given(st.text(max_size=80))
def test_any_text_is_refused_or_yields_keys(body: str) -> None:
    with contextlib.suppress(InvalidInputError):
        list(created_keys(body, bucket="b"))
