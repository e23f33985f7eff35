from __future__ import annotations

import time
from dataclasses import replace

import pytest

from syncline.aws.received_messages import ReceivedMessage, batches_by_queue

NOW = time.time()
MESSAGE = ReceivedMessage("handle", "live", "url", "body", 1, sent_at=NOW - 3, received_at=NOW)


def test_a_lambda_record_and_an_sqs_response_give_the_same_message() -> None:
    attributes = {"ApproximateReceiveCount": "3", "SentTimestamp": "1700000000500"}
    place = {"queue": "bulk", "queue_url": "url"}
    of_sqs = ReceivedMessage.from_sqs({"ReceiptHandle": "h", "Body": "b", "Attributes": attributes}, **place)
    of_lambda = ReceivedMessage.from_lambda_record(
        {"receiptHandle": "h", "body": "b", "attributes": attributes}, **place
    )

    assert replace(of_lambda, received_at=of_sqs.received_at) == of_sqs
    assert (of_sqs.receive_count, of_sqs.sent_at) == (3, 1_700_000_000.5)


def test_only_the_first_receive_measures_the_wait_in_the_queue() -> None:
    assert MESSAGE.queue_wait_seconds == pytest.approx(3)
    assert replace(MESSAGE, receive_count=2).queue_wait_seconds is None


@pytest.mark.parametrize(
    ("received_seconds_ago", "wanted", "least", "most"),
    [
        (0, 90, 90, 90),
        (0, -3, 0, 0),
        (0, 10**9, 43_100, 43_200),
        # SQS counts from the receipt and refuses what would exceed 12 hours.
        (43_000, 10**9, 100, 200),
        (50_000, 90, 0, 0),
    ],
)
def test_a_visibility_timeout_stays_within_the_limit_of_sqs(
    received_seconds_ago: int, wanted: float, least: int, most: int
) -> None:
    message = replace(MESSAGE, received_at=time.time() - received_seconds_ago)

    assert least <= message.visibility_timeout(wanted) <= most


def test_a_batch_is_of_one_queue_and_no_longer_than_sqs_allows() -> None:
    messages = [replace(MESSAGE, handle=str(number), queue_url=f"url-{number % 2}") for number in range(30)]

    batches = list(batches_by_queue(messages))

    assert [len(batch) for batch in batches] == [10, 5, 10, 5]
    assert all(len({message.queue_url for message in batch}) == 1 for batch in batches)
    assert sorted(message.handle for batch in batches for message in batch) == sorted(m.handle for m in messages)
