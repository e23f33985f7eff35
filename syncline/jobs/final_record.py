"""What is done when a job has ended outside of a worker: its record goes into the bucket, the event bus is told.

results/.../job.json is written in the order that lets nobody overwrite his successor: see what lies there, write
the record to the table on condition that nobody else has, then write the file over exactly what was seen.
"""

from __future__ import annotations

import json
from contextlib import suppress

from syncline.aws import notifications
from syncline.aws.bucket import Bucket, ObjectGoneError
from syncline.aws.deployment import Deployment
from syncline.aws.store import as_record
from syncline.core import layout, results
from syncline.core.errors import StaleRevisionError
from syncline.core.job import Job

MAX_RECORD_BYTES = 1 << 20


def record_key(job: Job, home: Bucket) -> str:
    return layout.result_key(job.recording_key, results.RECORD_NAME, bucket=job.bucket, home=home.name)


def record_json(job: Job) -> bytes:
    return (json.dumps(as_record(job), ensure_ascii=False, indent=2) + "\n").encode()


def close(deployment: Deployment, job: Job) -> Job:
    """Write a final record everywhere; raises WriteConflictError if the job has moved on."""
    seen = seen_etag(deployment, job)
    written = deployment.store.put(job)
    tell(deployment, written, seen)
    return written


def finish_closing(deployment: Deployment, job: Job) -> None:
    """Do what a crash in `close` left undone: the event comes before the file, so a file that is right says all."""
    if not _fits(job, deployment.bucket):
        return
    seen = seen_etag(deployment, job)
    if seen and _says(deployment.bucket, job):
        return
    current = deployment.store.get(job.job_id)
    if current is not None and current.version == job.version:  # what was seen is not a later record's file
        tell(deployment, job, seen)


def tell(deployment: Deployment, job: Job, seen: str | None) -> None:
    notifications.publish(deployment.settings, job)
    if _fits(job, deployment.bucket):
        with suppress(StaleRevisionError):  # a newer upload has ended meanwhile: its record stays
            deployment.bucket.replace(record_key(job, deployment.bucket), record_json(job), seen_etag=seen)


def _says(bucket: Bucket, job: Job) -> bool:
    try:
        found = json.loads(bucket.read(record_key(job, bucket), at_most=MAX_RECORD_BYTES))
    except (ObjectGoneError, ValueError):
        return False
    return bool(found == as_record(job))


def seen_etag(deployment: Deployment, job: Job) -> str | None:
    return deployment.bucket.etag(record_key(job, deployment.bucket)) if _fits(job, deployment.bucket) else None


def _fits(job: Job, home: Bucket) -> bool:
    """A key may be so long that there is no room for one under results/: then the record is only in the table."""
    return len(record_key(job, home).encode()) <= layout.MAX_KEY_BYTES
