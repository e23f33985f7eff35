"""Who may claim a job, and which writes to a claimed job succeed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from syncline.core.errors import InvalidInputError, StaleRevisionError
from syncline.core.job import Job, Lease, State
from syncline.core.timestamps import format_timestamp
from syncline.pipeline.claim import Busy, Claim, Claims, NothingToDo, utc_now
from tests.memory_cloud import MemoryStore


def a_job(**changes: Any) -> Job:
    base = Job("j", "b", "uploads/a.mp3", State.QUEUED, created_at="", updated_at="", revision="r")
    return replace(base, **changes)


def lease(*, seconds: float) -> Lease:
    return Lease("another", format_timestamp(utc_now() + timedelta(seconds=seconds)))


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def claims(store: MemoryStore) -> Claims:
    return Claims(store, "me", lease_seconds=90)


def claimed(store: MemoryStore, claims: Claims) -> Claim:
    store.put(a_job())
    claim = claims.take("j", "r")
    assert isinstance(claim, Claim)
    return claim


def test_a_queued_job_is_claimed_with_a_lease(store: MemoryStore, claims: Claims) -> None:
    claim = claimed(store, claims)

    record = store.jobs["j"]
    assert (record.state, record.attempts) == (State.RUNNING, 1)
    assert record.lease is not None
    assert record.lease.owner.startswith("me/")
    assert claim.job.version == record.version


def test_an_expired_lease_is_taken_over(store: MemoryStore, claims: Claims) -> None:
    store.put(a_job(state=State.RUNNING, lease=lease(seconds=-1), attempts=1))

    assert isinstance(claims.take("j", "r"), Claim)
    assert store.jobs["j"].attempts == 2


def test_a_leased_job_is_busy_until_its_lease_ends(store: MemoryStore, claims: Claims) -> None:
    store.put(a_job(state=State.RUNNING, lease=lease(seconds=50)))

    found = claims.take("j", "r")

    assert isinstance(found, Busy)
    assert 0 < found.seconds <= 50


@pytest.mark.parametrize("job", [None, a_job(revision="newer")], ids=["missing", "newer"])
def test_a_missing_job_or_another_revision_needs_nothing(store: MemoryStore, claims: Claims, job: Job | None) -> None:
    if job:
        store.put(job)

    assert claims.take("j", "r") == NothingToDo()


def test_a_final_job_needs_nothing_and_is_returned(store: MemoryStore, claims: Claims) -> None:
    final = store.put(a_job(state=State.FAILED))

    assert claims.take("j", "r") == NothingToDo(final)


def test_a_write_follows_a_change_that_keeps_the_lease(store: MemoryStore, claims: Claims) -> None:
    claim = claimed(store, claims)
    store.put(replace(store.jobs["j"], message_sent=False))

    claim.extend()

    assert store.jobs["j"].message_sent is False
    assert claim.job.version == store.jobs["j"].version


@pytest.mark.parametrize(
    "change", [{"revision": "newer", "lease": None}, {"lease": Lease("another", "9999")}], ids=["upload", "takeover"]
)
def test_a_claim_ends_when_the_job_moves_on(store: MemoryStore, claims: Claims, change: dict[str, Any]) -> None:
    claim = claimed(store, claims)
    moved = store.put(replace(store.jobs["j"], **change))

    with pytest.raises(StaleRevisionError):
        claim.extend()

    assert claim.ended
    assert store.jobs["j"] == moved


def test_nothing_is_written_after_the_outcome(store: MemoryStore, claims: Claims) -> None:
    claim = claimed(store, claims)
    final = claim.fail(InvalidInputError("Broken."))

    with pytest.raises(StaleRevisionError):
        claim.progress("align", 0.5)
    with pytest.raises(StaleRevisionError):
        claim.extend()
    assert (store.jobs["j"].version, store.jobs["j"].state) == (final.version, State.FAILED)


def test_progress_is_written_with_the_next_write(store: MemoryStore, claims: Claims) -> None:
    claim = claimed(store, claims)
    claim.progress("align", 0.4)
    claim.progress("align", 0.5)
    assert store.jobs["j"].stage is None

    claim.extend()

    assert (store.jobs["j"].stage, store.jobs["j"].progress) == ("align", 0.5)
