"""Correct a job: presigned uploads that replace its transcript, or its confirmed times, only if nothing else has.

A correction is conditional twice. The request names the revision that was edited, and any other is refused. The upload
carries `If-Match` with the file's ETag, or `If-None-Match: *` for a new file, so S3 refuses it if the file has changed
since. The upload is an ordinary upload: its event makes a new revision, and the job runs again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from syncline.aws.deployment import Deployment
from syncline.core import layout, options
from syncline.core.errors import ConflictError, InvalidInputError
from syncline.core.job import Job, StoredObject, UploadSet, revision_of
from syncline.core.layout import Role
from syncline.core.timestamps import format_timestamp
from syncline.jobs import upload_set, validation
from syncline.jobs.uploads import read_size

UPLOAD_SECONDS = 900
FIELDS = ("bytes", "times_bytes")
_JSON = "application/json"

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CorrectionRequest:
    """The sizes of the corrected files, and the revision that was edited."""

    revision: str
    bytes: int
    times_bytes: int | None = None


def read(document: object, revision: str, *, fields: Sequence[str] = FIELDS) -> CorrectionRequest:
    """Raises InvalidInputError for a body without the sizes."""
    if not isinstance(document, dict) or set(document) - set(fields):
        raise InvalidInputError(
            "The body is not an object with the sizes of the files.",
            code="bad_body",
            hint=f"Fields: {', '.join(fields)}.",
        )
    sizes = {name: read_size(name, document[name]) for name in document}
    return CorrectionRequest(revision, read_size("bytes", sizes.get("bytes")), sizes.get("times_bytes"))


def correct_transcript(deployment: Deployment, job: Job, request: CorrectionRequest, *, now: datetime) -> Answer:
    """The answer to PUT /jobs/{job_id}/transcript.

    The transcript keeps its name and so its format. A job that transcribed gets a plain text, and an options file that
    makes the next run align it. That file comes last: until it is there, the other uploads change nothing.
    """
    uploads = _edited(deployment, job, request.revision)
    transcript = uploads.transcript or StoredObject(_stem(job) + layout.TRANSCRIPT_SUFFIX, "", 0)
    validation.check_transcript_size(StoredObject(transcript.key, "", request.bytes), deployment.settings)
    content_type = layout.TRANSCRIPT_TYPES[f".{layout.extension_of(transcript.key)}"]
    files = [_upload(deployment, Role.TRANSCRIPT, transcript, request.bytes, content_type)]
    if request.times_bytes is not None:
        files.append(_times_upload(deployment, job, uploads, request.times_bytes))
    if not uploads.options.needs_transcript:
        files.append(_options_upload(deployment, job, uploads.options_file))
    return _answer(job, files, now)


def confirm_times(deployment: Deployment, job: Job, request: CorrectionRequest, *, now: datetime) -> Answer:
    """The answer to PUT /jobs/{job_id}/times."""
    uploads = _edited(deployment, job, request.revision)
    if not uploads.options.needs_transcript:
        raise ConflictError(
            "The job has no transcript whose times could be confirmed.",
            code="no_transcript",
            hint="Send the transcribed text to PUT /jobs/{job_id}/transcript, together with “times_bytes”.",
        )
    return _answer(job, [_times_upload(deployment, job, uploads, request.bytes)], now)


def _answer(job: Job, uploads: list[dict[str, Any]], now: datetime) -> Answer:
    return {
        "job_id": job.job_id,
        "revision": job.revision,
        "expires_at": format_timestamp(now + timedelta(seconds=UPLOAD_SECONDS)),
        "uploads": uploads,
    }


def _edited(deployment: Deployment, job: Job, revision: str) -> UploadSet:
    """The files of the revision that was edited; raises ConflictError if they are no longer the job's."""
    _check_correctable(deployment, job)
    if job.revision != revision:
        raise _changed(f"The job has changed: it is at revision {job.revision}, and the correction is of {revision}.")
    files = upload_set.list_files(deployment.bucket, _stem(job))
    defaults = options.from_record(job.options) if job.options else None
    uploads = upload_set.read(job.recording_key, files, deployment.bucket, deployment.settings, defaults=defaults)
    if uploads is None:
        raise ConflictError(
            f"“{job.recording_key}” is no longer in the bucket.", code="recording_gone", hint="Upload it again."
        )
    if uploads.options.needs_transcript and uploads.other_transcripts:
        raise ConflictError(
            "The recording has several transcripts.", code="two_transcripts", hint="Delete all but one of them."
        )
    if revision_of(uploads) != revision:
        raise _changed("A file of the job was uploaded again, and the job has not caught up yet.")
    return uploads


def _check_correctable(deployment: Deployment, job: Job) -> None:
    is_recording = layout.place_of(job.recording_key).role is Role.RECORDING
    if job.bucket != deployment.bucket.name or not layout.is_upload(job.recording_key) or not is_recording:
        raise ConflictError(
            f"The job of “{job.recording_key}” cannot be corrected here.",
            code="not_correctable",
            hint=f"Only recordings under {layout.UPLOADS} in the deployment's own bucket can.",
        )


def _changed(message: str) -> ConflictError:
    hint = "Read the job again, make the correction in its current transcript, and send it with the new revision."
    return ConflictError(message, code="revision_changed", hint=hint)


def _stem(job: Job) -> str:
    return layout.place_of(job.recording_key).stem


def _times_upload(deployment: Deployment, job: Job, uploads: UploadSet, size: int) -> dict[str, Any]:
    times = uploads.times or StoredObject(_stem(job) + layout.TIMES_SUFFIX, "", 0)
    validation.check_times_size(StoredObject(times.key, "", size), deployment.settings)
    return _upload(deployment, Role.TIMES, times, size, _JSON)


def _options_upload(deployment: Deployment, job: Job, file: StoredObject | None) -> dict[str, Any]:
    """An options file whose mode is align, with the other fields of the present one."""
    present = options.from_document(deployment.bucket.read(file.key)) if file else {}
    body = json.dumps(options.as_document({**present, "mode": "align"}), ensure_ascii=False)
    file = file or StoredObject(_stem(job) + layout.OPTIONS_SUFFIX, "", 0)
    return {**_upload(deployment, Role.OPTIONS, file, len(body.encode()), _JSON), "body": body}


def _upload(deployment: Deployment, role: Role, file: StoredObject, size: int, content_type: str) -> dict[str, Any]:
    """A presigned PUT of one file in place of the version that was seen. The size is part of the signature."""
    condition = {"If-Match": f'"{file.etag}"'} if file.etag else {"If-None-Match": "*"}
    headers = {"Content-Type": content_type, **condition}
    parameters = {name.replace("-", ""): value for name, value in headers.items()}
    url = deployment.bucket.client.generate_presigned_url(
        "put_object",
        Params={"Bucket": deployment.bucket.name, "Key": file.key, "ContentLength": size, **parameters},
        ExpiresIn=UPLOAD_SECONDS,
    )
    return {"role": role.value, "key": file.key, "bytes": size, "method": "PUT", "url": url, "headers": headers}
