"""The order in which a worker takes messages, and messages that are not job messages."""

from __future__ import annotations

import base64
import copy
import json
import random
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from kombu.utils.json import dumps

from syncline.aws.queue import celery_app
from syncline.core import message
from syncline.core.job import State, job_id_of
from syncline.core.message import UnrecognisedMessageError
from tests.local_aws import LocalAws, short_recording, wait_for

CI_SHAPES, ALL_SHAPES = 200, 4_000
NO_JOB = job_id_of("b", "no-such-job")
WAVE = 250  # moto iterates over the whole queue at every call


def envelope(job_id: str = NO_JOB, revision: str = "r") -> dict[str, Any]:
    """A job message as Celery writes it."""
    body = base64.b64encode(json.dumps([[job_id, revision], {}, {"callbacks": None, "chord": None}]).encode()).decode()
    return {
        "body": body,
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"lang": "py", "task": "syncline.process", "id": "an-id", "eta": None, "expires": None},
        "properties": {"correlation_id": "an-id", "delivery_info": {}, "body_encoding": "base64", "delivery_tag": "t"},
    }


def wrapped(value: object) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def without(*path: str) -> dict[str, Any]:
    found = envelope()
    place = found
    for name in path[:-1]:
        place = place[name]
    del place[path[-1]]
    return found


# kombu's own reader crashes or stops receiving on each of these, or acknowledges it and loses it.
NASTY = [
    wrapped(envelope() | {"properties": None}),
    wrapped(envelope() | {"properties": {}}),
    wrapped(envelope() | {"body": "%%% not base64 %%%"}),
    wrapped(envelope() | {"body": [1, 2, 3]}),
    wrapped(envelope() | {"headers": "a text"}),
    wrapped(without("headers", "id")),
    wrapped(envelope() | {"headers": {"task": ["syncline.process"], "id": "i"}}),
    wrapped(envelope() | {"headers": {"task": "syncline.unknown", "id": "i"}}),
    wrapped([]),
    wrapped(None),
    base64.b64encode(b"valid base64, but no JSON").decode(),
    base64.b64encode(b"\xff\xfe\x00").decode(),
    "plain text",
    json.dumps({"Records": [{"eventSource": "aws:s3"}]}),
    "{" * 5_000,
    wrapped(envelope() | {"body": "[" * 90_000}),
]


def mutated(source: random.Random) -> str:
    """A job message with a few wrong values, or wrapped wrongly, or cut off."""
    values = [None, 0, -1.5, "", "x", [], {}, [[]], {"a": 1}, True, "syncline.process", "é" * 50, 2**70]
    document = envelope()
    for _ in range(source.randint(1, 3)):
        place: Any = document
        while isinstance(place, dict) and place:
            name = source.choice(sorted(place))
            if isinstance(place[name], dict) and place[name] and source.random() < 0.6:
                place = place[name]
                continue
            if source.random() < 0.3:
                del place[name]
            else:
                place[name] = copy.deepcopy(source.choice(values))
            break
    text = json.dumps(document) if source.random() < 0.3 else wrapped(document)
    return text[: source.randrange(1, len(text))] if source.random() < 0.2 else text


def is_job_message(body: str) -> bool:
    try:
        message.read(body)
    except UnrecognisedMessageError:
        return False
    return True


@pytest.mark.parametrize("count", [CI_SHAPES, pytest.param(ALL_SHAPES, marks=pytest.mark.slow)])
def test_no_message_stops_the_worker_or_gets_lost(stack: LocalAws, count: int) -> None:
    source = random.Random(7)
    unrecognised = [body for body in NASTY + [mutated(source) for _ in range(count)] if not is_job_message(body)]
    redrive = {"deadLetterTargetArn": _arn(stack, stack.settings.live_dead_letters), "maxReceiveCount": 2}
    stack.sqs.set_queue_attributes(
        QueueUrl=stack.settings.live_queue, Attributes={"RedrivePolicy": json.dumps(redrive)}
    )
    worker = stack.start_worker(environment={"SYNCLINE_SLOTS": "10"})
    stack.drop("before", "sleep 0")
    for start in range(0, len(unrecognised), WAVE):
        _send(stack, unrecognised[start : start + WAVE])
        wait_for(stack.empty, seconds=120, what="an empty queue")
    stack.drop("after", "sleep 0")

    assert stack.wait_final("after").state is State.SUCCEEDED
    assert stack.job("before").state is State.SUCCEEDED
    assert worker.process.poll() is None
    assert stack.messages(stack.settings.live_dead_letters) == len(unrecognised)
    assert len(worker.lines("unrecognised message")) >= 2 * len(unrecognised)  # SQS may deliver a message again


def _send(stack: LocalAws, bodies: list[str]) -> None:
    for start in range(0, len(bodies), 10):
        entries = [{"Id": str(i), "MessageBody": body} for i, body in enumerate(bodies[start : start + 10])]
        stack.sqs.send_message_batch(QueueUrl=stack.settings.live_queue, Entries=entries)


def _arn(stack: LocalAws, url: str | None) -> str:
    found = stack.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return str(found)


def test_a_message_is_read_as_celery_writes_it(stack: LocalAws) -> None:
    stack.deployment.queue.send(NO_JOB, "revision", queue="live")
    (received,) = stack.sqs.receive_message(QueueUrl=stack.settings.live_queue)["Messages"]

    found = message.read(received["Body"])

    assert (found.job_id, found.revision) == (NO_JOB, "revision")
    assert len(found.task_id) == 36


def test_arguments_may_be_named_and_the_envelope_bare(stack: LocalAws) -> None:
    app = celery_app(stack.settings)
    app.conf.broker_transport_options |= {"sqs_base64_encoding": False}
    app.send_task("syncline.process", kwargs={"revision": "r", "job_id": NO_JOB}, queue="live")
    (received,) = stack.sqs.receive_message(QueueUrl=stack.settings.live_queue)["Messages"]

    assert received["Body"].startswith("{")
    found = message.read(received["Body"])

    assert (found.job_id, found.revision) == (NO_JOB, "r")


def test_a_record_and_a_message_of_an_earlier_version_run(stack: LocalAws) -> None:
    """Both were captured from version 0.1.0 before the pipeline was split from the worker."""
    captured = json.loads(Path(__file__).with_name("earlier_version.json").read_text())
    uploads = {
        "a.job.json": b'{"outputs": ["csv"], "disfluency": true}', "a.txt": b"sleep 0 and some words",
        "a.wav": short_recording(),
    }  # fmt: skip
    for name, body in uploads.items():
        stack.deployment.bucket.client.put_object(Bucket=stack.settings.bucket, Key=f"uploads/{name}", Body=body)
    stack.deployment.store.client.put_item(TableName=stack.settings.table, Item=captured["record"])
    stack.sqs.send_message(QueueUrl=stack.settings.live_queue, MessageBody=captured["message"])
    stack.start_worker()

    job = stack.wait_final("a")

    assert (job.state, job.attempts) == (State.SUCCEEDED, 1), job.error
    assert {result.name for result in job.results} == {"waveform.dat", "alignment.json", "alignment.csv"}


def test_messages_without_work_are_deleted(stack: LocalAws) -> None:
    done = stack.drop("done", "sleep 0")
    stack.start_worker()
    stack.wait_final("done")
    stack.deployment.queue.send(done.job_id, done.revision or "", queue="live")
    stack.deployment.queue.send(done.job_id, "an-older-revision", queue="live")
    stack.deployment.queue.send(NO_JOB, "r", queue="bulk")

    wait_for(stack.empty, seconds=15, what="empty queues")
    assert stack.job("done").attempts == 1


ODD_NAMES = ["\ud800", "\x00", " ", "é" * 200, "🙂" * 100, "../../etc/passwd", "%s%n{}", "\n[error]"]


def test_a_message_with_an_impossible_job_id_does_not_stop_the_worker(stack: LocalAws) -> None:
    worker = stack.start_worker()
    _send(stack, [wrapped(envelope(name, revision)) for name in (NO_JOB, *ODD_NAMES) for revision in ("r", *ODD_NAMES)])
    stack.drop("after", "sleep 0")

    assert stack.wait_final("after").state is State.SUCCEEDED
    assert worker.process.poll() is None
    assert not worker.lines("a bug")


def test_bulk_waits_until_live_is_empty(stack: LocalAws) -> None:
    bulk = [f"bulk-{number}" for number in range(6)]
    for name in bulk:
        stack.drop(name, "sleep 1", queue="bulk")
    stack.start_worker(environment={"SYNCLINE_SLOTS": "1"})
    stack.wait_final(bulk[0])
    live = [f"live-{number}" for number in range(3)]
    for name in live:
        stack.drop(name, "sleep 0.2")
    started_before = sum(stack.job(name).started_at is not None for name in bulk)

    for name in live + bulk:
        assert stack.wait_final(name).state is State.SUCCEEDED

    last_live = max(stack.job(name).started_at or "" for name in live)
    overtaken_by = sum((stack.job(name).started_at or "") < last_live for name in bulk) - started_before
    assert overtaken_by <= 1  # the bulk job that was about to start


def test_transient_faults_are_tried_again_and_then_recorded(stack: LocalAws) -> None:
    stack.drop("a", "fail")
    worker = stack.start_worker(environment={"SYNCLINE_LEASE_SECONDS": "6"})
    job = stack.job("a")
    for attempts in range(1, 5):
        wait_for(partial(_handed_back, stack, attempts), seconds=10, what="a try")
        stack.deployment.queue.send(job.job_id, job.revision or "", queue="live")  # visible at once

    ended = stack.wait_final("a")

    assert (ended.state, ended.attempts) == (State.FAILED, 5)
    assert ended.error is not None
    assert ended.error["code"] == "transient"
    assert "SlowDown" in ended.error["message"]
    assert ended.error["hint"]
    assert len(worker.lines("handed back")) == 4


def _handed_back(stack: LocalAws, attempts: int) -> bool:
    job = stack.job("a")
    return job.state is State.QUEUED and job.attempts >= attempts


def test_other_fields_of_the_envelope_are_ignored() -> None:
    body = envelope(NO_JOB, "r")
    body["headers"] |= {"eta": "9999-12-31T00:00:00", "expires": "x", "timelimit": "nonsense", "retries": None}

    assert message.read(wrapped(body)).job_id == NO_JOB
    assert dumps(message.kombu_payload(message.read(wrapped(body)), delivery_tag="h", queue="live")).count("9999") == 0


@pytest.mark.parametrize("body", NASTY, ids=range(len(NASTY)))
def test_an_unrecognised_message_is_refused_with_a_reason(body: str) -> None:
    with pytest.raises(UnrecognisedMessageError) as refused:
        message.read(body)
    assert str(refused.value)
