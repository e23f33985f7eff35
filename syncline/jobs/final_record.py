"""Write the record of a job that has ended, to the table and to the bucket, and publish its event.

The order keeps a slow process from overwriting a later result: read the ETag of results/.../job.json, write the record
to the table on condition that it is unchanged, publish the event, then replace exactly the file version that was seen.
"""

from __future__ import annotations

import json
from contextlib import suppress

from syncline.aws.bucket import Bucket, ObjectGoneError
from syncline.aws.deployment import Deployment
from syncline.aws.store import Decide, Update, as_record
from syncline.core import layout
from syncline.core.errors import StaleRevisionError
from syncline.core.job import Job
from syncline.core.results import RECORD_NAME

MAX_RECORD_BYTES = 1 << 20


def record_key(job: Job, home: Bucket) -> str:
    return layout.result_key(job.recording_key, RECORD_NAME, bucket=job.bucket, home=home.name)


def record_json(job: Job) -> bytes:
    return (json.dumps(as_record(job), ensure_ascii=False, indent=2) + "\n").encode()


def update(deployment: Deployment, job_id: str, decide: Decide) -> Update:
    """`store.update`, and publish the record if it is final."""
    seen: str | None = None

    def decide_after_reading_the_file(current: Job | None) -> Job | None:
        nonlocal seen
        decided = decide(current)
        if decided is not None and decided is not current and decided.final:
            seen = file_etag(deployment, decided)
        return decided

    result = deployment.store.update(job_id, decide_after_reading_the_file)
    if result.written is not None and result.written.final:
        publish(deployment, result.written, seen)
    return result


def put(deployment: Deployment, job: Job) -> Job:
    """Write a final record and publish it; raises WriteConflictError if the record in the table has changed."""
    seen = file_etag(deployment, job)
    written = deployment.store.put(job)
    publish(deployment, written, seen)
    return written


def publish(deployment: Deployment, job: Job, seen_etag: str | None) -> None:
    """Publish the event and write the file over the version that was seen."""
    deployment.events.publish(job)
    if job.expires_at and job.metadata:
        deployment.store.index([job])  # so that the entries expire with the record
    if not _key_fits(job, deployment.bucket):
        return
    try:
        _write_file(deployment, job, seen_etag)
    except StaleRevisionError:
        _write_over_late_file(deployment, job)


def _write_file(deployment: Deployment, job: Job, seen_etag: str | None) -> None:
    deployment.bucket.replace(record_key(job, deployment.bucket), record_json(job), seen_etag=seen_etag)


def _write_over_late_file(deployment: Deployment, job: Job) -> None:
    """The file was written after it was seen: by a process that published an earlier record late, or because a newer
    revision has ended meanwhile. The record of a newer revision stays."""
    seen = file_etag(deployment, job)
    if _is_current(deployment, job):
        with suppress(StaleRevisionError):
            _write_file(deployment, job, seen)


def _is_current(deployment: Deployment, job: Job) -> bool:
    """Whether the table still has this record. A file that was seen before is then not a later record's."""
    current = deployment.store.get(job.job_id)
    return current is not None and current.version == job.version


def publish_if_missing(deployment: Deployment, job: Job) -> None:
    """Complete what a crash after the write to the table left undone. The event comes before the file, so a correct
    file shows that nothing is missing."""
    if not _key_fits(job, deployment.bucket):
        return
    seen = file_etag(deployment, job)
    if seen and _file_matches(deployment.bucket, job):
        return
    if _is_current(deployment, job):
        publish(deployment, job, seen)


def file_etag(deployment: Deployment, job: Job) -> str | None:
    return deployment.bucket.etag(record_key(job, deployment.bucket)) if _key_fits(job, deployment.bucket) else None


def _file_matches(bucket: Bucket, job: Job) -> bool:
    try:
        found = json.loads(bucket.read(record_key(job, bucket), at_most=MAX_RECORD_BYTES))
    except (ObjectGoneError, ValueError):
        return False
    return bool(found == as_record(job))


def _key_fits(job: Job, home: Bucket) -> bool:
    """A recording's key may be too long for a key under results/. Then the record is only in the table."""
    return len(record_key(job, home).encode()) <= layout.MAX_KEY_BYTES
