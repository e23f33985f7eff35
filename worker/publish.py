"""Results into the bucket, so that a worker whose job has moved on overwrites nothing.

The order makes it safe: see what lies there, make sure that the lease is still ours, then write over exactly
what was seen. Whoever took the job over in between has either taken the lease before our check, or written
after our look; the check or the conditional write finds out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from syncline import layout
from syncline.bucket import Bucket
from syncline.job import Job, Result
from syncline.store import as_record
from worker.claim import Claim


def publish(bucket: Bucket, claim: Claim, files: Mapping[str, bytes], *, digests: Mapping[str, str]) -> list[Result]:
    """Write the files of the job under results/; `digests` go into the metadata of those that can be resumed from."""
    recording_key = claim.job.recording_key
    seen = {stored.key: stored.etag for stored in bucket.list(layout.results_prefix(recording_key))}
    claim.extend()
    results = []
    for name, body in files.items():
        key = layout.result_key(recording_key, name)
        bucket.replace(key, body, seen_etag=seen.get(key), digest=digests.get(name))
        results.append(Result(name, key, len(body)))
    return results


def publish_record(bucket: Bucket, job: Job, *, seen_etag: str | None) -> None:
    """The final record, for those who have nothing but the bucket."""
    bucket.replace(record_key(job), record_json(job), seen_etag=seen_etag)


def record_key(job: Job) -> str:
    return layout.result_key(job.recording_key, layout.RECORD_NAME)


def record_json(job: Job) -> bytes:
    return (json.dumps(as_record(job), ensure_ascii=False, indent=2) + "\n").encode()
