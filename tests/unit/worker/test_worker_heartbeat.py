"""The heartbeat's decisions, with a store and a queue in memory."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syncline.aws.store import WriteConflictError
from syncline.core.job import Job, Lease, State
from syncline.core.timestamps import format_timestamp
from syncline.pipeline.claim import Claim, utc_now
from syncline.pipeline.running_jobs import Running
from worker import heartbeat as module
from worker import liveness
from worker.deliveries import Deliveries, Delivery
from worker.heartbeat import Heartbeat
from worker.protection import Protection


@dataclass
class StoreInMemory:
    job: Job

    def get(self, job_id: str) -> Job:
        return self.job

    def put(self, job: Job) -> Job:
        if job.version != self.job.version:
            raise WriteConflictError
        self.job = replace(job, version=job.version + 1)
        return self.job


@dataclass
class QueueInMemory:
    visibility: dict[str, int] = field(default_factory=dict)
    calls: int = 0

    def change_message_visibility_batch(self, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        assert len(Entries) <= 10
        self.calls += 1
        self.visibility |= {entry["ReceiptHandle"]: entry["VisibilityTimeout"] for entry in Entries}
        return {}


@dataclass
class World:
    store: StoreInMemory
    queue: QueueInMemory
    deliveries: Deliveries
    running: Running
    claim: Claim
    heartbeat: Heartbeat
    listening: list[bool]
    given_up: list[str]


def delivery(handle: str) -> Delivery:
    return Delivery(handle, "live", "url", "body", 1, 0.0, 0.0)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    monkeypatch.setattr(liveness, "sign", lambda: tmp_path / "alive")
    soon = format_timestamp(utc_now() + timedelta(seconds=1))
    job = Job("j", "b", "uploads/a.mp3", State.RUNNING, "", "", revision="r", lease=Lease("me", soon), version=1)
    store, queue, given_up, listening = StoreInMemory(job), QueueInMemory(), list[str](), [True]
    deliveries, running = Deliveries(queue, slots=30), Running()  # type: ignore[arg-type]
    claim = Claim(store, job, lease_seconds=90)  # type: ignore[arg-type]
    beating = Heartbeat(
        deliveries, running, Protection(None), lease_seconds=90, listening=lambda: listening[0],
        give_up=given_up.append,
    )  # fmt: skip
    return World(store, queue, deliveries, running, claim, beating, listening, given_up)


def test_a_beat_extends_messages_ten_at_a_time_and_leases(world: World) -> None:
    world.deliveries.take([delivery(str(number)) for number in range(23)])
    with world.running.job(world.claim, delivery("0"), seconds_allowed=100):
        world.heartbeat.beat()

    assert world.queue.visibility == {str(number): 90 for number in range(23)}
    assert world.queue.calls == 3
    assert world.store.job.lease is not None
    assert world.store.job.lease.until > format_timestamp(utc_now() + timedelta(seconds=80))


def test_a_job_whose_time_is_up_fails_and_its_message_goes_to_others(world: World) -> None:
    (held,) = world.deliveries.take([delivery("a")])
    now = time.monotonic()
    with world.running.job(world.claim, held, seconds_allowed=10) as job:
        world.heartbeat._check_time(now + 5)
        assert world.store.job.state is State.RUNNING
        world.heartbeat._check_time(now + 11)

        assert world.store.job.state is State.FAILED
        assert world.store.job.error is not None
        assert world.store.job.error["code"] == "time_limit"
        assert world.queue.visibility == {"a": 0}
        world.heartbeat.beat()
        assert world.queue.visibility == {"a": 0}

        world.heartbeat._check_time(now + 11 + module.HANGS_AFTER_SECONDS - 1)
        assert job.claim.over
        assert not world.given_up
        world.heartbeat._check_time(now + 12 + module.HANGS_AFTER_SECONDS)
    assert len(world.given_up) == 1


def test_a_lease_that_is_somebody_elses_is_not_fought_for(world: World) -> None:
    world.store.job = replace(world.store.job, lease=Lease("another", "9999"), version=5)
    with world.running.job(world.claim, delivery("a"), seconds_allowed=100) as job:
        world.heartbeat.beat()
        world.heartbeat.beat()

        assert job.claim.over
    assert world.store.job.version == 5


def test_a_worker_that_stays_deaf_gives_up(world: World) -> None:
    world.listening[0] = False
    for _ in range(module.DEAF_AFTER_TICKS - 1):
        assert not world.heartbeat._hears()
    world.listening[0] = True
    assert world.heartbeat._hears()
    world.listening[0] = False
    for _ in range(module.DEAF_AFTER_TICKS - 1):
        world.heartbeat._hears()
    assert not world.given_up

    world.heartbeat._hears()
    assert world.given_up
