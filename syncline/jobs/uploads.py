"""Presigned POSTs for the files of a new upload set: whoever holds one can upload this very file, and nothing else."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from syncline.aws.deployment import Deployment
from syncline.aws.settings import Settings
from syncline.core import layout, options
from syncline.core.errors import ConflictError, InvalidInputError
from syncline.core.job import State, StoredObject, job_id_of
from syncline.core.layout import RECORDING_EXTENSIONS, Role
from syncline.core.timestamps import format_timestamp
from syncline.jobs import validation

OPEN_SECONDS = 3600
LARGEST_POST_BYTES = 5 * 1024**3  # S3's own limit for an upload in one piece
FIELDS = ("name", "bytes", "transcript_bytes", "options")

TRANSCRIPT_TYPE = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody says that he wants to upload."""

    recording_key: str
    recording_bytes: int
    transcript_bytes: int | None
    options: dict[str, Any]

    @property
    def transcript_key(self) -> str:
        return layout.place_of(self.recording_key).stem + layout.TRANSCRIPT_SUFFIX


def read(document: object, settings: Settings) -> Wanted:
    """Checks everything that can be known before the upload; raises InvalidInputError saying what is wrong."""
    if not isinstance(document, dict):
        raise InvalidInputError("The body is not a JSON object.", code="bad_body", hint=f"Fields: {', '.join(FIELDS)}.")
    for name in document:
        if name not in FIELDS:
            near = difflib.get_close_matches(name, FIELDS, n=1)
            guess = f" Did you mean “{near[0]}”?" if near else ""
            raise InvalidInputError(
                f"The field “{name[:80]}” is not known.{guess}", code="bad_body", hint=f"Fields: {', '.join(FIELDS)}."
            )
    key = _recording_key(document.get("name"))
    wishes, needs_transcript = _options(document.get("options", {}), settings)
    wanted = Wanted(
        key,
        _size("bytes", document.get("bytes")),
        _size("transcript_bytes", document.get("transcript_bytes")) if needs_transcript else None,
        wishes,
    )
    _check_sizes(wanted, settings)
    return wanted


def refuse_overwriting(deployment: Deployment, wanted: Wanted) -> None:
    """A new upload set under the name of a job that runs or has results would replace it without a question."""
    known = deployment.store.get(job_id_of(deployment.bucket.name, wanted.recording_key))
    if known is not None and known.state in (State.QUEUED, State.RUNNING, State.SUCCEEDED):
        raise ConflictError(
            f"There is a job for “{known.recording_key}” already, and it is {known.state.value}.",
            code="exists",
            hint="Choose another name. To replace the files all the same, upload them to the bucket directly.",
        )


def presign(deployment: Deployment, wanted: Wanted, *, now: datetime) -> dict[str, Any]:
    """What POST /jobs answers: a form for each file. The options travel as metadata of the recording."""
    recording_type = layout.recording_type_of(wanted.recording_key)
    forms = [
        _form(deployment, Role.RECORDING, wanted.recording_key, wanted.recording_bytes, recording_type, wanted.options)
    ]
    if wanted.transcript_bytes is not None:
        forms.append(
            _form(deployment, Role.TRANSCRIPT, wanted.transcript_key, wanted.transcript_bytes, TRANSCRIPT_TYPE, {})
        )
    return {
        "job_id": job_id_of(deployment.bucket.name, wanted.recording_key),
        "recording_key": wanted.recording_key,
        "expires_at": format_timestamp(now + timedelta(seconds=OPEN_SECONDS)),
        "uploads": forms,
    }


def _form(
    deployment: Deployment, role: Role, key: str, size: int, content_type: str, wishes: Mapping[str, Any]
) -> dict[str, Any]:
    metadata = {f"x-amz-meta-{name.replace('_', '-')}": _as_text(value) for name, value in wishes.items()}
    fixed = {"Content-Type": content_type, **metadata}
    post = deployment.bucket.client.generate_presigned_post(
        deployment.bucket.name,
        key,
        Fields=dict(fixed),
        Conditions=[*({name: value} for name, value in fixed.items()), ["content-length-range", size, size]],
        ExpiresIn=OPEN_SECONDS,
    )
    return {"role": role.value, "key": key, "bytes": size, "url": post["url"], "fields": post["fields"]}


def _recording_key(name: object) -> str:
    hint = "For example “lessons/one.mp3”: folders if you like, and the extension of a recording."
    if not isinstance(name, str) or not name:
        raise InvalidInputError("“name” is missing: the name of the recording.", code="bad_name", hint=hint)
    parts = name.split("/")
    strange = [char for char in name if not char.isprintable()]
    # S3 puts the name of the uploaded file in the place of ${filename}: the key would be another one.
    if strange or "${filename}" in name or any(part.strip() in ("", ".", "..") for part in parts):
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
    """-> only what was wished for, in canonical form; and whether a transcript is needed."""
    text = json.dumps(document).encode()
    chosen = options.merge(settings.default_options, {}, text)
    return options.from_document(text), chosen.needs_transcript


def _size(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidInputError(
            f"“{name}” is missing or no whole number above zero.",
            code="bad_size",
            hint=f"Say in “{name}” how many bytes the file has; exactly so many can be uploaded.",
        )
    return value


def _check_sizes(wanted: Wanted, settings: Settings) -> None:
    recording = StoredObject(wanted.recording_key, "", wanted.recording_bytes)
    validation.check_recording(recording, settings)
    if wanted.recording_bytes > LARGEST_POST_BYTES:
        raise InvalidInputError(
            f"A form can upload at most {LARGEST_POST_BYTES:,} bytes.",
            code="recording_too_large",
            hint="Upload the recording to the bucket with `aws s3 cp`, which sends it in parts.",
        )
    if wanted.transcript_bytes is not None:
        validation.check_transcript_size(StoredObject(wanted.transcript_key, "", wanted.transcript_bytes), settings)


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(value) if isinstance(value, tuple) else str(value)
