"""The answer to "what became of this object?", for people and pollers: from the record to what the URL says."""

from __future__ import annotations

import base64
import difflib
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from syncline.aws import links
from syncline.aws.deployment import Deployment
from syncline.aws.store import JobStore, as_record
from syncline.core import layout
from syncline.core.errors import InvalidInputError, NotFoundError
from syncline.core.job import BULK, JOB_ID, LIVE, Job, State, job_id_of
from syncline.core.layout import Role
from syncline.jobs import forecast
from syncline.jobs.forecast import Pace

PACE_SECONDS = 30.0  # how long a measured pace is good for
RECENT_JOBS = 20
# Counting costs reads: beyond this, "1,000 ahead" means at least so many.
COUNTED_AT_MOST = 1000
LONGEST_PAUSE, SHORTEST_PAUSE, USUAL_PAUSE = 60, 1, 5  # seconds between two looks of a poller
PAUSE_FOR_UPLOADS = 30

_INTERNAL = ("version", "message_sent", "batch")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def find_by_id(deployment: Deployment, job_id: str) -> Job:
    if not JOB_ID.fullmatch(job_id):
        raise NotFoundError(f"“{job_id[:80]}” is not a job id.", hint="Ask by key: /jobs?key=<recording key>.")
    job = deployment.store.get(job_id)
    if job is None:
        raise NotFoundError(
            f"There is no job {job_id}.", hint="It may not have been noticed yet: ask again in a second."
        )
    return job


def find_by_key(deployment: Deployment, key: str) -> Job:
    """The job of a recording; of a transcript or options file the job it belongs to, or its own verdict."""
    candidates = _candidate_keys(deployment, key)
    ids = [job_id_of(deployment.bucket.name, candidate) for candidate in candidates]
    found = {job.job_id: job for job in deployment.store.get_many(ids)}
    for job_id in ids:
        if job_id in found:
            return found[job_id]
    blank = " A plus sign in a URL stands for a space: write %2B for a plus." if " " in key else ""
    raise NotFoundError(
        f"Nothing is known about “{key}”.",
        hint=f"Keys of uploads start with {layout.UPLOADS}. A fresh upload is noticed within seconds.{blank}",
    )


def _candidate_keys(deployment: Deployment, key: str) -> list[str]:
    place = layout.place_of(key)
    # S3 refuses to list what no key can begin with.
    possible = layout.is_upload(key) and len(key.encode()) <= layout.MAX_KEY_BYTES
    if not possible or place.role not in (Role.TRANSCRIPT, Role.OPTIONS):
        return [key]
    listed = (stored.key for stored in deployment.bucket.list(layout.set_prefix(place.stem)))
    siblings = [other for other in listed if layout.belongs_to(other, place.stem)]
    recordings = [other for other in siblings if layout.place_of(other).role is Role.RECORDING]
    return [*recordings[:50], key]


def state_named(text: str) -> State:
    if text not in State.__members__:
        near = difflib.get_close_matches(text.upper(), list(State.__members__), n=1)
        guess = f" Did you mean {near[0]}?" if near else ""
        raise InvalidInputError(
            f"“{text[:80]}” is not a state.{guess}", code="bad_state", hint=f"States are: {', '.join(State)}."
        )
    return State(text)


def page(store: JobStore, state: State, *, limit: int, next_token: str | None) -> tuple[list[Job], str | None]:
    """Jobs of one state, the latest first, and the token that asks for the page after."""
    start = _start_of(next_token, state) if next_token else None
    found, after = store.in_state(state, limit=limit, start=start)
    return found, _token_of(after) if after else None


def latest(store: JobStore, *, limit: int) -> list[Job]:
    """Of all states. The index is by state: each is asked for its own latest."""
    found = [job for state in State for job in store.in_state(state, limit=limit)[0]]
    # Between two looks a job may have changed its state, and been found in both.
    once = {job.job_id: job for job in sorted(found, key=lambda job: job.updated_at)}
    return sorted(once.values(), key=lambda job: job.updated_at, reverse=True)[:limit]


def _token_of(start: dict[str, Any]) -> str:
    place = [start[name]["S"] for name in ("state", "updated_at", "job_id")]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def _start_of(token: str, state: State) -> dict[str, Any]:
    """A token only says where in its own list to go on; whoever makes one up sees nothing that he may not list."""
    try:
        place = json.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
        name, updated_at, job_id = place
        genuine = name == state.value and _TIMESTAMP.fullmatch(updated_at) and JOB_ID.fullmatch(job_id)
    except (ValueError, TypeError, RecursionError):
        genuine = None
    if not genuine:
        raise InvalidInputError(
            "“next” is not a token of this list.", code="bad_next", hint="Send it exactly as the page before gave it."
        )
    return {"state": {"S": name}, "updated_at": {"S": updated_at}, "job_id": {"S": job_id}}


@dataclass(slots=True)
class Paces:
    """The current pace, measured at most twice a minute however many ask."""

    store: JobStore
    clock: Callable[[], float] = time.monotonic
    _pace: Pace = field(default_factory=Pace)
    _measured: float = float("-inf")

    def current(self) -> Pace:
        if self.clock() - self._measured > PACE_SECONDS:
            recent, _ = self.store.in_state(State.SUCCEEDED, limit=RECENT_JOBS)
            running = self.store.count(State.RUNNING, at_most=COUNTED_AT_MOST)
            self._pace = forecast.measure(recent, running=running)
            self._measured = self.clock()
        return self._pace


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an unfinished job stands among the others."""

    ahead: int | None = None
    expected_seconds_left: int | None = None


def standing(job: Job, store: JobStore, paces: Paces) -> Standing:
    if job.state not in (State.QUEUED, State.RUNNING):
        return Standing()
    ahead = _ahead(job, store) if job.state is State.QUEUED else None
    left = forecast.seconds_left(job, paces.current(), ahead=ahead or 0, now=datetime.now(UTC))
    return Standing(ahead, None if left is None else max(1, round(left)))


def _ahead(job: Job, store: JobStore) -> int:
    """Workers take from bulk only while live is empty; within a queue the order is about that of arrival."""
    earlier = store.count(State.QUEUED, before=job.updated_at, queue=job.queue, at_most=COUNTED_AT_MOST)
    if job.queue == BULK:
        earlier += store.count(State.QUEUED, queue=LIVE, at_most=COUNTED_AT_MOST)
    return min(earlier, COUNTED_AT_MOST)


def pause_of(job: Job, where: Standing) -> int | None:
    """The seconds after which it is worth asking again; None if nothing will change by itself."""
    if job.final:
        return None
    if job.state is State.WAITING:
        return PAUSE_FOR_UPLOADS
    left = where.expected_seconds_left
    return USUAL_PAUSE if left is None else min(LONGEST_PAUSE, max(SHORTEST_PAUSE, left))


def answer(job: Job, deployment: Deployment) -> dict[str, Any]:
    """All that there is to say about a job."""
    said = shown(job, standing(job, deployment.store, Paces(deployment.store)))
    return links.with_links(said, deployment)


def shown(job: Job, where: Standing | None = None) -> dict[str, Any]:
    """The record as it is given out: without internals, without links."""
    record = {key: value for key, value in as_record(job).items() if key not in _INTERNAL}
    if where and where.ahead is not None:
        record["ahead"] = where.ahead
    if where and job.state in (State.QUEUED, State.RUNNING):
        record["expected_seconds_left"] = where.expected_seconds_left
    return record
