"""Delete a job: its record and results, and its uploads on request.

The order keeps a job deleted while workers, receptions and late events know nothing of it:

1. Write a marker beside the records. From here on, an event of the same files makes no new job.
2. Delete the record. A worker's next write fails, because every write is conditional on the record: it stops.
3. Delete uploads and results.
4. Mark the deletion as done, and publish its event.

A worker can still write a file between 2 and its next write to the record. A worker that finds the record gone
therefore deletes the results once more (`remove_orphans`): when it stops, or when it receives the job's message. If
this process dies after 2, the next request for the same job continues with 3.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from syncline.aws.bucket import Bucket
from syncline.aws.deployment import Deployment
from syncline.aws.store import UPDATE_ATTEMPTS, ContentionError, WriteConflictError
from syncline.core import layout
from syncline.core.deletion import Deletion
from syncline.core.errors import ConflictError, NotFoundError
from syncline.core.job import Job, StoredObject
from syncline.core.layout import Role
from syncline.core.results import RECORD_NAME, is_result_name
from syncline.core.timestamps import format_timestamp, utc_now
from syncline.jobs import upload_set

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Deleted:
    """A deleted job, and the keys of the objects that were deleted with it."""

    job_id: str
    recording_key: str
    keys: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        return {"job_id": self.job_id, "recording_key": self.recording_key, "deleted": list(self.keys)}


def delete(
    deployment: Deployment, job_id: str, *, uploads: bool = False, clock: Callable[[], datetime] = utc_now
) -> Deleted:
    """Raises NotFoundError if there is no such job."""
    deletion = _delete_record(deployment, job_id, uploads=uploads, now=clock())
    deletion = deletion or _unfinished(deployment, job_id, uploads=uploads)
    if deletion is None:
        raise NotFoundError(f"There is no job {job_id}.", hint="It may be deleted already.")
    keys = tuple(_delete_objects(deployment, deletion))
    deployment.store.put_deletion(replace(deletion, done=True))
    deployment.events.publish_deletion(deletion)
    return Deleted(job_id, deletion.recording_key, keys)


def remove_orphans(deployment: Deployment, job_id: str) -> bool:
    """Delete the results that a worker wrote after its job was deleted. -> whether the job is deleted."""
    deletion = deployment.store.get_deletion(job_id)
    if deletion is None or deployment.store.get(job_id) is not None:
        return False
    for key in _delete_results(deployment, deletion):
        logger.info("deleted %s, which was written after its job was deleted", key, extra={"job_id": job_id})
    return True


def _delete_record(deployment: Deployment, job_id: str, *, uploads: bool, now: datetime) -> Deletion | None:
    for _ in range(UPDATE_ATTEMPTS):
        job = deployment.store.get(job_id)
        if job is None:
            return None
        if uploads:
            _check_own_uploads(deployment, job)
        deletion = _deletion_of(job, uploads=uploads, now=now)
        deployment.store.put_deletion(deletion)
        deployment.store.metadata.delete(job)
        try:
            deployment.store.delete(job)
        except WriteConflictError:  # a worker has written its progress
            continue
        return deletion
    raise ContentionError(f"The record of job {job_id} kept changing.")


def _deletion_of(job: Job, *, uploads: bool, now: datetime) -> Deletion:
    return Deletion(job.job_id, job.bucket, job.recording_key, job.revision, format_timestamp(now), uploads)


def _unfinished(deployment: Deployment, job_id: str, *, uploads: bool) -> Deletion | None:
    """A deletion whose process died, or that left the uploads, which are to be deleted now."""
    deletion = deployment.store.get_deletion(job_id)
    if deletion is None or (deletion.done and not (uploads and not deletion.uploads)):
        return None
    if uploads:
        _check_own_uploads(deployment, deletion)
    return replace(deletion, uploads=uploads or deletion.uploads)


def _check_own_uploads(deployment: Deployment, job: Job | Deletion) -> None:
    if job.bucket != deployment.bucket.name or not layout.is_upload(job.recording_key):
        raise ConflictError(
            f"“{job.recording_key}” is no upload of this deployment, so it is not deleted here.",
            code="foreign_recording",
            hint="Delete the job without its uploads.",
        )


def _delete_objects(deployment: Deployment, deletion: Deletion) -> Iterator[str]:
    if deletion.uploads:
        yield from _delete_uploads(deployment.bucket, deletion)
    yield from _delete_results(deployment, deletion)


def _delete_uploads(bucket: Bucket, deletion: Deletion) -> Iterator[str]:
    """The recording. Its companions, too, unless another recording of the stem uses them."""
    place = layout.place_of(deletion.recording_key)
    head = bucket.head(deletion.recording_key)
    files = [head[0]] if head else []
    if place.role is Role.RECORDING:
        grouped = upload_set.group(place.stem, upload_set.list_files(bucket, place.stem))
        others = [recording for recording in grouped.recordings if recording.key != deletion.recording_key]
        files += [] if others else grouped.companions
    yield from _delete_each(bucket, files)


def _delete_results(deployment: Deployment, deletion: Deletion) -> Iterator[str]:
    """Files that Syncline made. The folder may also hold the results of a recording in a folder of this name."""
    bucket = deployment.bucket
    prefix = layout.results_prefix(deletion.recording_key, bucket=deletion.bucket, home=bucket.name)
    named = ((stored, stored.key.removeprefix(prefix)) for stored in bucket.list(prefix))
    own = [stored for stored, name in named if name == RECORD_NAME or is_result_name(name)]
    yield from _delete_each(bucket, own)


def _delete_each(bucket: Bucket, files: list[StoredObject]) -> Iterator[str]:
    for stored in files:
        bucket.remove(stored.key, seen_etag=stored.etag)
        yield stored.key
