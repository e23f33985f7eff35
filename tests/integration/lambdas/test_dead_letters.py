from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from reception_world import World, make_sqs_event, take_all

from lambdas import dead_letters
from syncline.aws import notifications
from syncline.aws.notifications import EventBus
from syncline.aws.store import SentBatches
from syncline.core import transitions
from syncline.core.errors import EngineError
from syncline.core.job import Job, State
from syncline.core.message import TASK
from syncline.jobs.dead_letters import DeadLetters
from syncline.jobs.intake import Intake
from syncline.local.event_source import Context

DEFAULT_LIMIT = 1 << 18  # SQS's, for a message with its attributes


@pytest.fixture
def job(world: World) -> Job:
    world.upload("talk.txt", b"Guten Tag")
    [queued] = Intake(world.deployment).object_created(world.upload("talk.wav"))
    return queued


@pytest.fixture
def message(world: World, job: Job) -> str:
    return str(world.messages()[0]["Body"])


def receive(*bodies: str, sent_at: datetime | None = None, world: World | None = None) -> list[str]:
    event = make_sqs_event(*bodies, queue="syncline-live-dead-letters")
    sent = sent_at or datetime.now(UTC)
    for record in event["Records"]:
        record["attributes"]["SentTimestamp"] = str(int(sent.timestamp() * 1000))
    context = Context("dead_letters")
    if world is None:
        report = dead_letters.handler(event, context)
    else:
        report = dead_letters.handle(event, DeadLetters(world.deployment))
    return [item["itemIdentifier"] for item in report["batchItemFailures"]]


def started(world: World, job: Job, *, lease_seconds: float) -> Job:
    return world.deployment.store.put(
        transitions.started(job, owner="w", lease_seconds=lease_seconds, now=datetime.now(UTC))
    )


def test_a_job_whose_workers_died_fails_with_the_number_of_attempts(world: World, job: Job, message: str) -> None:
    started(world, started(world, job, lease_seconds=-1), lease_seconds=-1)
    assert receive(message) == []
    failed = world.job("talk.wav")
    assert failed is not None
    assert failed.error is not None
    assert (failed.state, failed.attempts, failed.error["code"]) == (State.FAILED, 2, "dead_letter")
    assert "2 times a worker started the job" in failed.error["message"]
    assert f"syncline retry {job.job_id}" in failed.error["hint"]
    assert world.record_file("talk.wav")["error"] == failed.error


def test_a_job_that_no_worker_could_start_fails(world: World, job: Job, message: str) -> None:
    assert receive(message) == []
    failed = world.job("talk.wav")
    assert failed is not None
    assert failed.error is not None
    assert (failed.state, "No worker could start" in failed.error["message"]) == (State.FAILED, True)


def test_a_repeated_dead_letter_changes_nothing(world: World, job: Job, message: str) -> None:
    receive(message, message)
    once = world.job("talk.wav")
    assert receive(message) == []
    assert world.job("talk.wav") == once


def test_a_dead_letter_returns_while_a_worker_holds_the_job(world: World, job: Job, message: str) -> None:
    started(world, job, lease_seconds=60)
    assert receive(message) == ["message-0"]
    running = world.job("talk.wav")
    assert running is not None
    assert running.state is State.RUNNING


@pytest.mark.parametrize("ending", ["succeeded", "failed", "newer upload", "retried", "deleted"])
def test_a_job_that_has_moved_on_is_unchanged(ending: str, world: World, job: Job, message: str) -> None:
    now = datetime.now(UTC)
    store = world.deployment.store
    if ending == "succeeded":
        store.put(transitions.succeeded(job, results=(), stats={}, now=now))
    elif ending == "failed":
        store.put(transitions.failed(job, EngineError("no"), now=now))
    elif ending == "newer upload":
        Intake(world.deployment).object_created(world.upload("talk.txt", b"Guten Abend"))
    elif ending == "retried":
        failed = store.put(transitions.failed(job, EngineError("no"), now=now))
        store.put(transitions.retried(failed, now=now + timedelta(minutes=5)))
    else:
        store.delete(job)
    before = world.job("talk.wav")
    assert receive(message, sent_at=now) == []
    assert world.job("talk.wav") == before


@pytest.mark.parametrize("name", ["", "x" * 3000, "\ud800", "backfill/2026-01-02", "\x00"])
def test_a_message_with_an_impossible_job_id_is_parked(name: str, world: World) -> None:
    world.deployment.store.put_sent_batches("2026-01-02", SentBatches())  # stored in the same table
    assert receive(celery_body(name, "revision")) == []
    assert len(take_parked(world)) == 1


def celery_body(*arguments: str) -> str:
    envelope = {
        "headers": {"task": TASK, "id": "i"},
        "properties": {"body_encoding": "utf-8"},
        "body": json.dumps([arguments, {}, {}]),
    }
    return base64.b64encode(json.dumps(envelope).encode()).decode()


def test_a_message_in_any_form_that_the_worker_accepts_fails_its_job(world: World, job: Job, message: str) -> None:
    assert receive(celery_body(job.job_id, job.revision or "")) == []
    failed = world.job("talk.wav")
    assert failed is not None
    assert failed.state is State.FAILED


@pytest.mark.parametrize("body", ["hello", "e30=", '{"Records": []}', "W10=", "bnVsbA=="])
def test_a_message_that_names_no_job_is_parked(body: str, world: World) -> None:
    assert receive(body) == []
    [parked] = take_parked(world)
    assert parked["Body"] == body
    attributes = {name: value["StringValue"] for name, value in parked["MessageAttributes"].items()}
    assert attributes["queue"] == "syncline-live-dead-letters"
    assert "names no job" in attributes["reason"]


def test_a_message_near_the_size_limit_is_parked_without_its_end(world: World) -> None:
    """The attributes count towards the limit."""
    body = "é" * (DEFAULT_LIMIT // 2)
    assert receive(body) == []
    [parked] = take_parked(world)
    assert body.startswith(parked["Body"])
    assert len(parked["Body"]) > 100_000
    attributes = {name: value["StringValue"] for name, value in parked["MessageAttributes"].items()}
    assert "names no job" in attributes["reason"]
    assert attributes["cut"] == f"The first {len(parked['Body'].encode()):,} of {DEFAULT_LIMIT:,} bytes."


def take_parked(world: World) -> list[dict[str, Any]]:
    url = world.deployment.settings.need("ingest_dead_letters")
    return take_all(url)


# --- the event bus


@pytest.fixture
def bus(world: World) -> Iterator[list[dict[str, Any]]]:
    """A queue that receives the events of an event bus."""
    events, sqs = boto3.client("events"), boto3.client("sqs")
    events.create_event_bus(Name="news")
    queue = sqs.create_queue(QueueName=f"listener-{world.folder}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": [notifications.SOURCE], "detail-type": [notifications.DETAIL_TYPE]}
    events.put_rule(Name="ended", EventBusName="news", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="ended", EventBusName="news", Targets=[{"Id": "1", "Arn": arn}])
    yield queue
    events.remove_targets(Rule="ended", EventBusName="news", Ids=["1"])
    events.delete_rule(Name="ended", EventBusName="news")
    events.delete_event_bus(Name="news")


@pytest.fixture
def with_bus(world: World, bus: str) -> World:
    events = EventBus(boto3.client("events"), "news")
    return replace(world, deployment=replace(world.deployment, events=events))


def test_a_dead_letter_publishes_an_event(with_bus: World, job: Job, message: str, bus: str) -> None:
    receive(message, world=with_bus)
    [published] = [json.loads(item["Body"]) for item in take_all(bus)]
    assert (published["source"], published["detail-type"]) == ("syncline", "Syncline job ended")
    detail = published["detail"]
    assert (detail["job_id"], detail["state"], detail["error"]["code"]) == (job.job_id, "FAILED", "dead_letter")


def test_a_rejection_publishes_one_event_for_repeated_s3_events(with_bus: World, bus: str) -> None:
    key = with_bus.upload("talk.wav", b"")
    for _ in range(3):
        Intake(with_bus.deployment).object_created(key)
    [published] = [json.loads(item["Body"]) for item in take_all(bus)]
    assert (published["detail"]["state"], published["detail"]["error"]["code"]) == ("REJECTED", "empty_recording")


class CrashingBus(EventBus):
    def publish(self, job: Job) -> None:
        raise ZeroDivisionError


def test_after_a_crash_the_next_s3_event_publishes_the_event(with_bus: World, bus: str) -> None:
    key = with_bus.upload("talk.wav", b"")
    crashing = replace(with_bus.deployment, events=CrashingBus(None, "news"))
    with pytest.raises(ZeroDivisionError):
        Intake(crashing).object_created(key)
    assert with_bus.job("talk.wav") is not None
    Intake(with_bus.deployment).object_created(key)
    assert len(take_all(bus)) == 1
    assert with_bus.record_file("talk.wav")["state"] == "REJECTED"


def test_an_event_that_would_be_too_large_comes_with_short_texts(with_bus: World, bus: str, job: Job) -> None:
    with_bus.deployment.events.publish(replace(job, warnings=("x" * 300_000,)))
    [published] = [json.loads(item["Body"]) for item in take_all(bus)]
    detail = published["detail"]
    assert (detail["job_id"], detail["warnings"], detail["incomplete"]) == (job.job_id, ["x" * 1000], True)


def test_a_missing_bus_fails_no_job(job: Job, caplog: pytest.LogCaptureFixture, account_url: str | None) -> None:
    if account_url:
        pytest.skip("MiniStack accepts events for a bus that does not exist")
    EventBus(boto3.client("events"), "no-such-bus").publish(job)
    assert "event" in caplog.text


def test_nothing_is_published_without_a_bus(world: World, job: Job) -> None:
    EventBus(client=None, name=None).publish(job)
