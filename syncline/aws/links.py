"""Make presigned links to a job's own results and to its recording, and to no other object."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

from syncline.aws.deployment import Deployment
from syncline.core import layout
from syncline.core.errors import NotFoundError
from syncline.core.job import Job
from syncline.core.layout import Role

LINK_SECONDS = 900


def with_links(record: dict[str, Any], deployment: Deployment) -> dict[str, Any]:
    """The record with a link to each of its results."""
    results = [{**result, "url": _link(deployment, result["key"])} for result in own_results(record, deployment)]
    return {**record, "results": results}


def own_results(record: dict[str, Any], deployment: Deployment) -> list[dict[str, Any]]:
    """The results in the job's own folder. A record could name any key of the bucket."""
    own = layout.results_prefix(record["recording_key"], bucket=record["bucket"], home=deployment.bucket.name)
    return [result for result in record["results"] if result["key"].startswith(own)]


def of_result(record: dict[str, Any], name: str, deployment: Deployment) -> str:
    results = own_results(record, deployment)
    for result in results:
        if result["name"] == name:
            return _link(deployment, result["key"], ResponseContentDisposition=_attachment(record, name))
    names = ", ".join(result["name"] for result in results)
    raise NotFoundError(f"The job has no result “{name[:80]}”.", hint=f"It has {names or 'none yet'}.")


def of_recording(job: Job, deployment: Deployment) -> str:
    if media_of(job, deployment) is None:
        raise NotFoundError(
            "The recording of this job cannot be opened here.",
            hint=f"Only recordings under {layout.UPLOADS} in the deployment's own bucket can.",
        )
    # An uploader can declare any content type, also one that browsers execute.
    return _link(deployment, job.recording_key, ResponseContentType=layout.recording_type_of(job.recording_key))


def of_transcript(job: Job, deployment: Deployment) -> str:
    hint = "The text that a job transcribed is in its alignment.json."
    return _of_companion(job, job.transcript_key, deployment, "transcript", hint)


def of_times(job: Job, deployment: Deployment) -> str:
    return _of_companion(job, job.times_key, deployment, "confirmed times", "PUT to this address confirms some.")


def _of_companion(job: Job, key: str | None, deployment: Deployment, name: str, hint: str) -> str:
    """An upload beside the recording. Browsers show it as text, whatever type the uploader declared."""
    if job.bucket != deployment.bucket.name or key is None or not layout.is_upload(key):
        raise NotFoundError(f"The job has no {name} here.", hint=hint)
    return _link(deployment, key, ResponseContentType="text/plain; charset=utf-8")


def media_of(job: Job, deployment: Deployment) -> str | None:
    """ "audio" or "video"; None if the job has no recording under uploads/ in the deployment's bucket."""
    own = job.bucket == deployment.bucket.name and layout.is_upload(job.recording_key)
    if not own or layout.place_of(job.recording_key).role is not Role.RECORDING:
        return None
    return layout.recording_type_of(job.recording_key).partition("/")[0]


def origin(deployment: Deployment) -> str:
    """The origin of all these links, for the Content-Security-Policy of the pages."""
    parts = urlsplit(_link(deployment, layout.RESULTS))
    return f"{parts.scheme}://{parts.netloc}"


def _attachment(record: dict[str, Any], name: str) -> str:
    """Browsers save the result and never show it. The recording is in the file's name: every job has an
    alignment.json."""
    recording = record["recording_key"].rpartition("/")[2][:100]
    return f"attachment; filename*=UTF-8''{quote(f'{recording}.{name}', safe='')}"


def _link(deployment: Deployment, key: str, **answer: str) -> str:
    return deployment.bucket.client.generate_presigned_url(
        "get_object", Params={"Bucket": deployment.bucket.name, "Key": key, **answer}, ExpiresIn=LINK_SECONDS
    )
