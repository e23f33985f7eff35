"""Lists and counts of jobs by state, with the busy states on one key and on several."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from syncline.aws.deployment import Deployment
from syncline.aws.state_index import partition_of
from syncline.aws.store import JobStore
from syncline.core.job import BULK, LIVE, Job, State, job_id_of
from syncline.core.timestamps import parse_timestamp
from syncline.jobs import job_view

NOW = "2026-01-02T03:04:05.678Z"
SHARDS = 3
SEED = 5


@pytest.fixture
def one_key(deployment: Deployment) -> JobStore:
    for job in replace(deployment.store, state_shards=SHARDS).all_in_state(State.RUNNING):
        deployment.store.delete(job)
    return replace(deployment.store, state_shards=1)


@pytest.fixture
def several_keys(one_key: JobStore) -> JobStore:
    return replace(one_key, state_shards=SHARDS)


def running(number: int, *, second: int, queue: str = LIVE) -> Job:
    key = f"uploads/{number}.mp3"
    at = f"2026-01-02T03:04:{second:02}.000Z"
    return Job(job_id_of("b", key), "b", key, State.RUNNING, NOW, at, queue=queue)


def pages(store: JobStore, *, limit: int) -> list[list[Job]]:
    found, token = [], None
    while True:
        jobs, token = job_view.page(store, State.RUNNING, limit=limit, next_token=token)
        found.append(jobs)
        if token is None:
            return found


def test_records_of_a_busy_state_are_spread_over_the_keys(several_keys: JobStore) -> None:
    jobs = [running(number, second=1) for number in range(30)]
    assert {partition_of(job, SHARDS) for job in jobs} == {"RUNNING#0", "RUNNING#1", "RUNNING#2"}
    assert {partition_of(replace(job, state=State.SUCCEEDED), SHARDS) for job in jobs} == {"SUCCEEDED"}
    written = several_keys.put(jobs[0])
    assert several_keys.get(jobs[0].job_id) == written
    assert written.state is State.RUNNING


@pytest.mark.parametrize("limit", [1, 3, 7, 100])
def test_pages_list_every_job_once_the_latest_first(limit: int, one_key: JobStore, several_keys: JobStore) -> None:
    """Written before and after the keys were spread, with many equal times."""
    chance = random.Random(SEED)
    jobs = [running(number, second=chance.randrange(4)) for number in range(24)]
    for number, job in enumerate(jobs):
        (several_keys if number % 3 else one_key).put(job)
    found = pages(several_keys, limit=limit)
    listed = [job for page in found for job in page]
    assert sorted(job.job_id for job in listed) == sorted(job.job_id for job in jobs)
    assert [parse_timestamp(job.updated_at) for job in listed] == sorted(
        (parse_timestamp(job.updated_at) for job in jobs), reverse=True
    )
    assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)


def test_a_job_leaves_its_old_key_when_it_is_written_again(one_key: JobStore, several_keys: JobStore) -> None:
    written = one_key.put(running(1, second=1))
    several_keys.put(written)
    assert [len(page) for page in pages(several_keys, limit=10)] == [1]
    assert one_key.count(State.RUNNING, at_most=10) == 0


def test_a_count_covers_all_keys(one_key: JobStore, several_keys: JobStore) -> None:
    for number in range(9):
        queue = BULK if number < 5 else LIVE
        (several_keys if number % 2 else one_key).put(running(number, second=number, queue=queue))
    assert several_keys.count(State.RUNNING, at_most=100) == 9
    assert several_keys.count(State.RUNNING, at_most=4) == 4
    assert several_keys.count(State.RUNNING, at_most=100, queue=BULK) == 5
    assert several_keys.count(State.RUNNING, at_most=100, before="2026-01-02T03:04:03.000Z") == 3


def test_a_token_of_one_key_continues_on_several(one_key: JobStore, several_keys: JobStore) -> None:
    for number in range(6):
        one_key.put(running(number, second=number))
    first, token = job_view.page(one_key, State.RUNNING, limit=2, next_token=None)
    rest, _ = job_view.page(several_keys, State.RUNNING, limit=10, next_token=token)
    assert [job.recording_key for job in first + rest] == [f"uploads/{number}.mp3" for number in reversed(range(6))]
