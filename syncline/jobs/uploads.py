"""Make presigned forms for the files of a new upload set.

A form allows the upload of one file: its key, size, content type and metadata are part of the signature. S3 has no form
that works only once, so a form expires soon.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from syncline.aws.deployment import Deployment
from syncline.aws.settings import Settings
from syncline.core import layout, options
from syncline.core.errors import ConflictError, InvalidInputError
from syncline.core.job import Job, State, StoredObject, job_id_of
from syncline.core.layout import RECORDING_EXTENSIONS, Role
from syncline.core.suggestions import did_you_mean
from syncline.core.timestamps import format_timestamp
from syncline.jobs import upload_set, validation

FORM_SECONDS = 900  # a form can be used again until then, also to replace what it uploaded
MAX_METADATA_BYTES = 1900  # S3 accepts 2 KB of user metadata
MAX_POST_BYTES = 5 * 1024**3  # S3's limit for an upload in one request
FIELDS = ("name", "bytes", "transcript_bytes", "transcript_format", "options")
TRANSCRIPT_FORMATS = tuple(suffix[1:] for suffix in layout.TRANSCRIPT_TYPES)

_PROTECTED = (State.QUEUED, State.RUNNING, State.SUCCEEDED)
_OPEN_TO_CORRECTION = (State.FAILED, State.REJECTED)


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """An upload set announced through POST /jobs."""

    recording_key: str
    recording_bytes: int
    transcript_bytes: int | None
    transcript_suffix: str
    options: dict[str, Any]

    @property
    def transcript_key(self) -> str:
        return layout.place_of(self.recording_key).stem + self.transcript_suffix

    @property
    def options_key(self) -> str:
        return layout.place_of(self.recording_key).stem + layout.OPTIONS_SUFFIX

    @property
    def has_options_file(self) -> bool:
        """Whether the options are too long for metadata of the recording, and need a file of their own."""
        metadata = options.as_metadata(self.options)
        return sum(len(name) + len(text) for name, text in metadata.items()) > MAX_METADATA_BYTES

    @property
    def keys(self) -> set[str]:
        """The objects that the upload writes."""
        optional = {
            self.transcript_key: self.transcript_bytes is not None,
            self.options_key: self.has_options_file,
        }
        return {self.recording_key, *(key for key, written in optional.items() if written)}


def read(document: object, settings: Settings) -> UploadRequest:
    """Check everything that is known before the upload; raises InvalidInputError with the problem."""
    if not isinstance(document, dict):
        raise InvalidInputError("The body is not a JSON object.", code="bad_body", hint=f"Fields: {', '.join(FIELDS)}.")
    for name in document:
        if name not in FIELDS:
            guess = did_you_mean(name, FIELDS)
            raise InvalidInputError(
                f"The field “{name[:80]}” is not known.{guess}", code="bad_body", hint=f"Fields: {', '.join(FIELDS)}."
            )
    key = _recording_key(document.get("name"))
    chosen, needs_transcript = _options(document.get("options", {}), settings)
    request = UploadRequest(
        key,
        read_size("bytes", document.get("bytes")),
        read_size("transcript_bytes", document.get("transcript_bytes")) if needs_transcript else None,
        _transcript_suffix(document.get("transcript_format", TRANSCRIPT_FORMATS[0])),
        chosen,
    )
    _check_sizes(request, settings)
    return request


def refuse_overwriting(deployment: Deployment, request: UploadRequest) -> None:
    """Raises ConflictError if the upload would change what another upload consists of.

    All recordings of a stem share its transcript, so a job of any of them counts. A file may be replaced only to
    correct it: its own recording's job is FAILED or REJECTED.
    """
    files = upload_set.list_files(deployment.bucket, layout.place_of(request.recording_key).stem)
    keys = {file.key for file in files}
    records = {job.recording_key: job for job in _records(deployment, keys | {request.recording_key})}
    for job in records.values():
        if job.state in _PROTECTED:
            raise _exists(f"“{job.recording_key}” has a job already, and it is {job.state.value}.")
    own = records.get(request.recording_key)
    replaced = sorted(keys & request.keys)
    if replaced and (own is None or own.state not in _OPEN_TO_CORRECTION):
        raise _exists(f"“{replaced[0]}” is in the bucket already.")
    other = sorted(key for key in keys - request.keys if layout.place_of(key).role is Role.TRANSCRIPT)
    if other and request.transcript_bytes is not None:
        raise ConflictError(
            f"The recording has the transcript “{other[0]}” already, and would then have two.",
            code="two_transcripts",
            hint=f"Delete it first, or send the new one as “{layout.extension_of(other[0])}” (transcript_format).",
        )


def _records(deployment: Deployment, keys: set[str]) -> list[Job]:
    return deployment.store.get_many([job_id_of(deployment.bucket.name, key) for key in sorted(keys)])


def _exists(message: str) -> ConflictError:
    return ConflictError(
        message, code="exists", hint="Choose another name. To replace the files, upload them to the bucket directly."
    )


def presign(deployment: Deployment, request: UploadRequest, *, now: datetime) -> dict[str, Any]:
    """The answer to POST /jobs: a form for each file. The options are metadata of the recording, or a file."""
    key, content_type, forms = request.recording_key, layout.recording_type_of(request.recording_key), []
    if request.has_options_file:
        forms.append(_options_form(deployment, request))
    metadata = {} if request.has_options_file else options.as_metadata(request.options)
    forms.append(_form(deployment, Role.RECORDING, key, request.recording_bytes, content_type, metadata))
    if request.transcript_bytes is not None:
        content_type = layout.TRANSCRIPT_TYPES[request.transcript_suffix]
        forms.append(
            _form(deployment, Role.TRANSCRIPT, request.transcript_key, request.transcript_bytes, content_type, {})
        )
    return {
        "job_id": job_id_of(deployment.bucket.name, key),
        "recording_key": key,
        "expires_at": format_timestamp(now + timedelta(seconds=FORM_SECONDS)),
        "uploads": forms,
    }


def _options_form(deployment: Deployment, request: UploadRequest) -> dict[str, Any]:
    body = json.dumps(options.as_document(request.options))
    return {**_form(deployment, Role.OPTIONS, request.options_key, len(body), "application/json", {}), "body": body}


def _form(
    deployment: Deployment, role: Role, key: str, size: int, content_type: str, metadata: Mapping[str, str]
) -> dict[str, Any]:
    fixed = {"Content-Type": content_type, **{f"x-amz-meta-{name}": text for name, text in metadata.items()}}
    post = deployment.bucket.client.generate_presigned_post(
        deployment.bucket.name,
        key,
        Fields=dict(fixed),
        Conditions=[*({name: value} for name, value in fixed.items()), ["content-length-range", size, size]],
        ExpiresIn=FORM_SECONDS,
    )
    return {"role": role.value, "key": key, "bytes": size, "url": post["url"], "fields": post["fields"]}


def _recording_key(name: object) -> str:
    hint = "For example “lessons/one.mp3”: folders if you like, and the extension of a recording."
    if not isinstance(name, str) or not name:
        raise InvalidInputError("“name” is missing: the name of the recording.", code="bad_name", hint=hint)
    parts = name.split("/")
    unprintable = any(not char.isprintable() for char in name)
    # S3 replaces ${filename} with the name of the uploaded file, so the key would be another one.
    if unprintable or "${filename}" in name or any(part.strip() in ("", ".", "..") for part in parts):
        raise InvalidInputError(f"“{name[:80]}” cannot be used as a name.", code="bad_name", hint=hint)
    key = layout.UPLOADS + name
    if layout.place_of(key).role is not Role.RECORDING:
        raise InvalidInputError(
            f"“{name[:80]}” is not the name of a recording.",
            code="unknown_kind",
            hint=f"Recordings end in {', '.join(RECORDING_EXTENSIONS)}.",
        )
    return key


def _options(document: object, settings: Settings) -> tuple[dict[str, Any], bool]:
    """-> the options that were given, in canonical form, and whether the job needs a transcript."""
    text = json.dumps(document).encode()
    chosen = options.merge(settings.default_options, {}, text)
    return options.from_document(text), chosen.needs_transcript


def _transcript_suffix(name: object) -> str:
    if name not in TRANSCRIPT_FORMATS:
        raise InvalidInputError(
            f"“transcript_format” cannot be “{str(name)[:80]}”.",
            code="bad_transcript_format",
            hint=f"Allowed are: {', '.join(TRANSCRIPT_FORMATS)}.",
        )
    return f".{name}"


def read_size(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidInputError(
            f"“{name}” is missing or is not a whole number above zero.",
            code="bad_size",
            hint=f"Set “{name}” to the size of the file; an upload of any other size is refused.",
        )
    return value


def _check_sizes(request: UploadRequest, settings: Settings) -> None:
    recording = StoredObject(request.recording_key, "", request.recording_bytes)
    validation.check_recording(recording, settings)
    if request.recording_bytes > MAX_POST_BYTES:
        raise InvalidInputError(
            f"A form can upload at most {MAX_POST_BYTES:,} bytes.",
            code="recording_too_large",
            hint="Upload the recording to the bucket with `aws s3 cp`, which sends it in parts.",
        )
    if request.transcript_bytes is not None:
        validation.check_transcript_size(StoredObject(request.transcript_key, "", request.transcript_bytes), settings)
