"""The lease keeper's decisions, with a store in memory and time as an argument."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from syncline.aws.received_messages import ReceivedMessage
from syncline.aws.store import RecordStore, WriteConflictError
from syncline.core.job import Job, Lease, State
from syncline.core.timestamps import format_timestamp
from syncline.pipeline.claim import Claim, utc_now
from syncline.pipeline.lease_keeper import LeaseKeeper
from syncline.pipeline.running_jobs import RunningJob, RunningJobs

LEASE_SECONDS = 90


@dataclass
class StoreInMemory(RecordStore):
    job: Job
    error: Exception | None = None

    def get(self, job_id: str) -> Job:
        return self.job

    def put(self, job: Job) -> Job:
        if self.error:
            raise self.error
        if job.version != self.job.version:
            raise WriteConflictError
        self.job = replace(job, version=job.version + 1)
        return self.job


@dataclass
class World:
    store: StoreInMemory
    running: RunningJobs
    job: RunningJob
    extensions: int = 0
    timed_out: list[RunningJob] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keeper = LeaseKeeper(
            self.running,
            lease_seconds=LEASE_SECONDS,
            extend_messages=self._extend,
            on_timeout=self.timed_out.append,
            hung_after_seconds=120,
        )

    def _extend(self) -> None:
        self.extensions += 1


@pytest.fixture
def world() -> World:
    soon = format_timestamp(utc_now() + timedelta(seconds=1))
    job = Job("j", "b", "uploads/a.mp3", State.RUNNING, "", "", revision="r", lease=Lease("me", soon), version=1)
    store = StoreInMemory(job)
    claim = Claim(store, job, lease_seconds=LEASE_SECONDS)
    message = ReceivedMessage("handle", "live", "url", "body", 1, 0.0, 0.0)
    return World(store, RunningJobs(), RunningJob(claim, message, seconds_allowed=500, started_at=0.0))


def test_leases_and_messages_are_extended_three_times_per_lease(world: World) -> None:
    with world.running.track(world.job):
        for now in range(LEASE_SECONDS):
            world.keeper.tick(float(now))

    assert world.extensions == 3
    assert world.store.job.version == 1 + 3
    assert world.store.job.lease is not None
    assert world.store.job.lease.until > format_timestamp(utc_now() + timedelta(seconds=LEASE_SECONDS - 10))


def test_a_job_past_its_time_fails_once(world: World) -> None:
    with world.running.track(world.job):
        world.keeper.tick(499)
        assert world.store.job.state is State.RUNNING
        for now in (501.0, 502.0, 560.0):
            world.keeper.tick(now)

    assert world.store.job.state is State.FAILED
    assert world.store.job.error is not None
    assert world.store.job.error["code"] == "time_limit"
    assert world.timed_out == [world.job]


def test_a_job_whose_thread_does_not_end_after_the_time_limit_hangs(world: World) -> None:
    with world.running.track(world.job):
        world.keeper.tick(501)
        assert not world.keeper.has_hung_jobs(501 + 119)
        assert world.keeper.has_hung_jobs(501 + 121)
    assert not world.keeper.has_hung_jobs(501 + 121)


def test_a_lost_lease_is_not_written_again(world: World) -> None:
    world.store.job = replace(world.store.job, lease=Lease("another", "9999"), version=5)
    with world.running.track(world.job):
        for now in (0.0, 50.0, 501.0):
            world.keeper.tick(now)

    assert world.job.claim.ended
    assert world.store.job.version == 5


def test_a_record_that_cannot_be_written_is_tried_again(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.store.error = ConnectionError("unreachable")
    with world.running.track(world.job):
        world.keeper.tick(501)
        assert not world.timed_out
        world.store.error = None
        world.keeper.tick(502)

    assert world.timed_out == [world.job]
    assert "unreachable" in caplog.text


def test_the_background_thread_outlives_an_error(caplog: pytest.LogCaptureFixture) -> None:
    calls: list[Any] = []
    ticked = threading.Event()

    def fail_once() -> None:
        calls.append(None)
        if len(calls) == 1:
            raise ZeroDivisionError
        ticked.set()

    keeper = LeaseKeeper(RunningJobs(), lease_seconds=0, extend_messages=fail_once)
    with keeper.in_background(tick_seconds=0.001):
        assert ticked.wait(60)

    assert "a tick of the lease keeper failed" in caplog.text
