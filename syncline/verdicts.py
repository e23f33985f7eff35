"""The answer to "what became of this object?", for people and pollers: from the record to what the URL says."""

from __future__ import annotations

from typing import Any

from syncline import job as jobs
from syncline import layout
from syncline.deployment import Deployment
from syncline.job import Job, State
from syncline.layout import Role
from syncline.problems import NotFoundError
from syncline.store import as_record

LINK_SECONDS = 900
_INTERNAL = ("version", "message_sent")


def find_by_id(deployment: Deployment, job_id: str) -> Job:
    job = deployment.store.get(job_id)
    if job is None:
        raise NotFoundError(
            f"There is no job {job_id}.", hint="It may not have been noticed yet: ask again in a second."
        )
    return job


def find_by_key(deployment: Deployment, key: str) -> Job:
    """The job of a recording; of a transcript or options file the job it belongs to, or its own verdict."""
    candidates = _candidate_keys(deployment, key)
    ids = [jobs.job_id(deployment.bucket.name, candidate) for candidate in candidates]
    found = {job.job_id: job for job in deployment.store.get_many(ids)}
    for job_id in ids:
        if job_id in found:
            return found[job_id]
    raise NotFoundError(
        f"Nothing is known about “{key}”.",
        hint=f"Keys of uploads start with {layout.UPLOADS}. A fresh upload is noticed within seconds.",
    )


def _candidate_keys(deployment: Deployment, key: str) -> list[str]:
    place = layout.place_of(key)
    if place.role not in (Role.TRANSCRIPT, Role.OPTIONS):
        return [key]
    listed = (stored.key for stored in deployment.bucket.list(layout.set_prefix(place.stem)))
    siblings = [other for other in listed if layout.belongs_to(other, place.stem)]
    recordings = [other for other in siblings if layout.place_of(other).role is Role.RECORDING]
    return [*recordings[:50], key]


def answer(job: Job, deployment: Deployment) -> dict[str, Any]:
    """The record as the status URL gives it: without internals, with links to the results."""
    record = {key: value for key, value in as_record(job).items() if key not in _INTERNAL}
    if job.state is State.SUCCEEDED:
        record["results"] = [{**result, "url": _link(deployment, result["key"])} for result in record["results"]]
    return record


def _link(deployment: Deployment, key: str) -> str:
    return deployment.bucket.client.generate_presigned_url(
        "get_object", Params={"Bucket": deployment.bucket.name, "Key": key}, ExpiresIn=LINK_SECONDS
    )
