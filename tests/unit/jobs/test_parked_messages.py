"""Read and resend the messages in the ingest queue's dead-letter queue, on moto's SQS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from moto import mock_aws

from syncline.jobs.parked_messages import EMPTY_ANSWERS, ParkedMessages


@dataclass
class Sqs:
    """SQS that answers chosen receives with nothing, as a short poll may."""

    client: Any
    empty_at: tuple[int, ...] = ()
    receives: int = 0
    waits: list[int] = field(default_factory=list)

    def receive_message(self, **request: Any) -> dict[str, Any]:
        self.receives += 1
        self.waits.append(request["WaitTimeSeconds"])
        if self.receives in self.empty_at:
            return {}
        return self.client.receive_message(**request | {"WaitTimeSeconds": 0})  # type: ignore[no-any-return]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sqs]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield Sqs(boto3.client("sqs", region_name="eu-west-1"))


@pytest.fixture
def parked(sqs: Sqs) -> ParkedMessages:
    dead, ingest = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("dead", "ingest"))
    return ParkedMessages(sqs, dead, ingest, "b")


def event(key: str, bucket: str = "b") -> str:
    record = {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": bucket}, "object": {"key": key}}}
    return json.dumps({"Records": [record]})


def park(parked: ParkedMessages, *bodies: str) -> None:
    for body in bodies:
        parked.sqs.send_message(QueueUrl=parked.url, MessageBody=body)


def count(sqs: Any, url: str) -> int:
    name = "ApproximateNumberOfMessages"
    return int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])


def resend_all(parked: ParkedMessages) -> int:
    resent = 0
    with parked.reading() as messages:
        for message in messages:
            if message.can_be_resent:
                parked.resend(message)
                resent += 1
    return resent


@pytest.mark.parametrize("empty_at", [(), (1,), (2,), (1, 2, 3), (2, 4)])
def test_empty_answers_do_not_end_a_read_while_messages_are_visible(
    sqs: Sqs, parked: ParkedMessages, empty_at: tuple[int, ...]
) -> None:
    park(parked, *(event(f"uploads/{number}.mp3") for number in range(25)))
    sqs.empty_at = empty_at
    assert resend_all(parked) == 25
    assert (count(sqs, parked.url), count(sqs, parked.ingest_url)) == (0, 25)


def test_a_read_uses_long_polling(sqs: Sqs, parked: ParkedMessages) -> None:
    assert resend_all(parked) == 0
    assert sqs.waits == [1]


def test_a_read_ends_although_the_count_is_wrong(sqs: Sqs, parked: ParkedMessages) -> None:
    park(parked, event("uploads/a.mp3"))
    sqs.empty_at = tuple(range(1, 100))
    assert resend_all(parked) == 0
    assert sqs.receives == EMPTY_ANSWERS


def test_what_cannot_be_resent_stays_and_is_visible_at_once(sqs: Sqs, parked: ParkedMessages) -> None:
    park(parked, "not an event", event("uploads/a.mp3"), event("a.mp3", bucket="other"))
    assert resend_all(parked) == 1
    assert count(sqs, parked.url) == 2


def test_a_message_carries_its_keys_or_the_reason_why_it_has_none(parked: ParkedMessages) -> None:
    park(parked, "not an event", event("uploads/a+b.mp3"))
    with parked.reading() as messages:
        found = {message.body: message for message in messages}
    assert found[event("uploads/a+b.mp3")].keys == ("uploads/a b.mp3",)
    assert "not an event" in found["not an event"].reason


def test_a_limit_reads_no_more_than_that(sqs: Sqs, parked: ParkedMessages) -> None:
    park(parked, *(event(f"uploads/{number}.mp3") for number in range(13)))
    with parked.reading(limit=12) as messages:
        assert len(list(messages)) == 12
    assert count(sqs, parked.url) == 13
