"""Addresses in the bucket that open for a short while: of a job's own results and of its recording, of nothing else."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

from syncline.aws.deployment import Deployment
from syncline.core import layout
from syncline.core.errors import NotFoundError
from syncline.core.job import Job
from syncline.core.layout import Role
from syncline.jobs.uploads import CONTENT_TYPES

LINK_SECONDS = 900


def with_links(record: dict[str, Any], deployment: Deployment) -> dict[str, Any]:
    """The record with the addresses of its results."""
    results = [{**result, "url": _link(deployment, result["key"])} for result in own_results(record, deployment)]
    return {**record, "results": results}


def own_results(record: dict[str, Any], deployment: Deployment) -> list[dict[str, Any]]:
    """A record can name any key; only those in the job's own folder are its results."""
    own = layout.results_prefix(record["recording_key"], bucket=record["bucket"], home=deployment.bucket.name)
    return [result for result in record["results"] if result["key"].startswith(own)]


def of_result(record: dict[str, Any], name: str, deployment: Deployment) -> str:
    for result in own_results(record, deployment):
        if result["name"] == name:
            return _link(deployment, result["key"], ResponseContentDisposition=_saved_as(record, name))
    names = ", ".join(result["name"] for result in own_results(record, deployment))
    raise NotFoundError(f"The job has no result “{name[:80]}”.", hint=f"It has {names or 'none yet'}.")


def of_recording(job: Job, deployment: Deployment) -> str:
    if media_of(job, deployment) is None:
        raise NotFoundError(
            "The recording of this job cannot be opened here.",
            hint=f"Only recordings under {layout.UPLOADS} in the deployment's own bucket can.",
        )
    # What the uploader said that it is could be anything that browsers would run.
    return _link(deployment, job.recording_key, ResponseContentType=_type_of(job.recording_key))


def media_of(job: Job, deployment: Deployment) -> str | None:
    """ "audio" or "video"; None for what is not ours to give out, or no recording."""
    ours = job.bucket == deployment.bucket.name and layout.is_upload(job.recording_key)
    if not ours or layout.place_of(job.recording_key).role is not Role.RECORDING:
        return None
    return _type_of(job.recording_key).partition("/")[0]


def origin(deployment: Deployment) -> str:
    """Of all these addresses; whatever the client's endpoint and style of addressing are."""
    parts = urlsplit(_link(deployment, layout.RESULTS))
    return f"{parts.scheme}://{parts.netloc}"


def _type_of(recording_key: str) -> str:
    return CONTENT_TYPES[layout.extension_of(recording_key)]


def _saved_as(record: dict[str, Any], name: str) -> str:
    """Saved, never shown; named after the recording too, since every job has an alignment.json."""
    recording = record["recording_key"].rpartition("/")[2][:100]
    return f"attachment; filename*=UTF-8''{quote(f'{recording}.{name}', safe='')}"


def _link(deployment: Deployment, key: str, **answer: str) -> str:
    return deployment.bucket.client.generate_presigned_url(
        "get_object", Params={"Bucket": deployment.bucket.name, "Key": key, **answer}, ExpiresIn=LINK_SECONDS
    )
