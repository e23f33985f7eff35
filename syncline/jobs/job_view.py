"""Present a job: find its record by id or key, list jobs, and add what a reader needs beside the record.

The status URL and the command line both use this module.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from syncline.aws import links
from syncline.aws.deployment import Deployment
from syncline.aws.state_index import Position, state_of
from syncline.aws.store import JobStore, as_record
from syncline.core import layout
from syncline.core.errors import InvalidInputError, NotFoundError
from syncline.core.job import BULK, JOB_ID, LIVE, Job, State, job_id_of
from syncline.core.layout import Role
from syncline.core.suggestions import did_you_mean
from syncline.jobs import forecast, page_tokens, upload_set
from syncline.jobs.forecast import Pace

PACE_SECONDS = 30.0  # a measured pace is used for this long
RECENT_JOBS = 20
# Counting costs reads. A count of 1,000 means at least 1,000.
MAX_COUNT = 1000
# Seconds that a client should wait between two requests.
MIN_PAUSE, DEFAULT_PAUSE, MAX_PAUSE = 1, 5, 60
PAUSE_FOR_UPLOADS = 30
MAX_SIBLINGS = 50  # recordings of one stem that are considered for a companion's key

_INTERNAL = ("version", "message_sent", "batch")
_PARTITION = re.compile(r"[A-Z]+(#\d{1,3})?")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def find_by_id(deployment: Deployment, job_id: str) -> Job:
    if not JOB_ID.fullmatch(job_id):
        raise NotFoundError(f"“{job_id[:80]}” is not a job id.", hint="Use the id from a job record, or the key.")
    job = deployment.store.get(job_id)
    if job is None:
        raise NotFoundError(f"There is no job {job_id}.", hint="A new upload has its job within seconds.")
    return job


def find_by_key(deployment: Deployment, key: str) -> Job:
    """The job of a recording. For a transcript or options file, the job that uses it, or else its own record."""
    candidates = _candidate_keys(deployment, key)
    ids = [job_id_of(deployment.bucket.name, candidate) for candidate in candidates]
    found = {job.job_id: job for job in deployment.store.get_many(ids)}
    for job_id in ids:
        if job_id in found:
            return found[job_id]
    raise NotFoundError(
        f"There is no job for “{key}”.",
        hint=f"Keys of uploads start with {layout.UPLOADS}. A new upload has its job within seconds.",
    )


def _candidate_keys(deployment: Deployment, key: str) -> list[str]:
    place = layout.place_of(key)
    # S3 refuses to list a prefix that is longer than a key.
    possible = layout.is_upload(key) and len(key.encode()) <= layout.MAX_KEY_BYTES
    if not possible or place.role not in (Role.TRANSCRIPT, Role.OPTIONS, Role.TIMES):
        return [key]
    files = upload_set.list_files(deployment.bucket, place.stem)
    recordings = upload_set.group(place.stem, files).recordings[:MAX_SIBLINGS]
    return [*(recording.key for recording in recordings), key]


def state_named(text: str) -> State:
    if text not in State.__members__:
        guess = did_you_mean(text.upper(), State)
        raise InvalidInputError(
            f"“{text[:80]}” is not a state.{guess}", code="bad_state", hint=f"States are: {', '.join(State)}."
        )
    return State(text)


def page(store: JobStore, state: State, *, limit: int, next_token: str | None) -> tuple[list[Job], str | None]:
    """Jobs of one state, the latest first, and the token of the next page."""
    after = _position_of(next_token, state) if next_token else None
    found, end = store.in_state(state, limit=limit, after=after)
    return found, page_tokens.encode(end) if end else None


def latest(store: JobStore, *, limit: int) -> list[Job]:
    """The latest jobs of all states. The index is by state, so this is one query per state."""
    found = [job for state in State for job in store.in_state(state, limit=limit)[0]]
    # A job that changes its state between two queries is in both answers.
    once = {job.job_id: job for job in sorted(found, key=lambda job: job.updated_at)}
    return sorted(once.values(), key=lambda job: job.updated_at, reverse=True)[:limit]


def _position_of(token: str, state: State) -> Position:
    try:
        position = Position(*page_tokens.decode(token))
        genuine = (
            _PARTITION.fullmatch(position.partition)
            and state_of(position.partition) is state
            and _TIMESTAMP.fullmatch(position.updated_at)
            and JOB_ID.fullmatch(position.job_id)
        )
    except (ValueError, TypeError):  # not a token, not three parts
        genuine = None
    if not genuine:
        raise InvalidInputError(
            "“next” is not a token of this list.", code="bad_next", hint="Send it exactly as the page before gave it."
        )
    return position


@dataclass(slots=True)
class Paces:
    """The current pace, measured at most twice a minute."""

    store: JobStore
    clock: Callable[[], float] = time.monotonic
    _pace: Pace = field(default_factory=Pace)
    _measured: float = float("-inf")

    def current(self) -> Pace:
        if self.clock() - self._measured > PACE_SECONDS:
            recent, _ = self.store.in_state(State.SUCCEEDED, limit=RECENT_JOBS)
            running = self.store.count(State.RUNNING, at_most=MAX_COUNT)
            self._pace = forecast.measure(recent, running=running)
            self._measured = self.clock()
        return self._pace


@dataclass(frozen=True, slots=True)
class Standing:
    """The position of an unfinished job in its queue, and the time it still needs."""

    ahead: int | None = None
    expected_seconds_left: int | None = None


def standing(job: Job, store: JobStore, paces: Paces) -> Standing:
    if job.state not in (State.QUEUED, State.RUNNING):
        return Standing()
    ahead = _ahead(job, store) if job.state is State.QUEUED else None
    left = forecast.seconds_left(job, paces.current(), ahead=ahead or 0, now=datetime.now(UTC))
    return Standing(ahead, None if left is None else max(1, round(left)))


def _ahead(job: Job, store: JobStore) -> int:
    """Workers take from bulk only while live is empty. Within a queue the order is roughly that of arrival."""
    earlier = store.count(State.QUEUED, before=job.updated_at, queue=job.queue, at_most=MAX_COUNT)
    if job.queue == BULK:
        earlier += store.count(State.QUEUED, queue=LIVE, at_most=MAX_COUNT)
    return min(earlier, MAX_COUNT)


def pause_of(job: Job, where: Standing) -> int | None:
    """Seconds after which the client should ask again; None if the job has ended."""
    if job.final:
        return None
    if job.state is State.WAITING:
        return PAUSE_FOR_UPLOADS
    left = where.expected_seconds_left
    return DEFAULT_PAUSE if left is None else min(MAX_PAUSE, max(MIN_PAUSE, left))


def answer(job: Job, deployment: Deployment) -> dict[str, Any]:
    """The record of a job with its position and with links to its results."""
    said = shown(job, standing(job, deployment.store, Paces(deployment.store)))
    return links.with_links(said, deployment)


def shown(job: Job, where: Standing | None = None) -> dict[str, Any]:
    """The public fields of the record, without links."""
    record = {key: value for key, value in as_record(job).items() if key not in _INTERNAL}
    if where and where.ahead is not None:
        record["ahead"] = where.ahead
    if where and job.state in (State.QUEUED, State.RUNNING):
        record["expected_seconds_left"] = where.expected_seconds_left
    return record
