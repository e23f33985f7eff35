"""`syncline submit`: upload a recording with its transcript under one name, and follow the job."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.markup import escape

from syncline.aws.deployment import Deployment
from syncline.cli.console import out, progress_bar
from syncline.cli.jobs import show_status
from syncline.cli.remote import aws_errors_named, deployment, print_json
from syncline.core import layout
from syncline.core import options as wishes
from syncline.core.errors import InvalidInputError, MediaError, SynclineError, TranscriptError
from syncline.core.job import Job, State, StoredObject, job_id_of, revision_of
from syncline.core.options import Options
from syncline.jobs import upload_set, validation

LOOK_SECONDS = 0.5
NOTICED_WITHIN_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class SubmitRequest:
    recording: Path
    transcript: Path | None
    folder: str = ""
    translate: str = ""
    outputs: str = ""
    engine: str = ""
    watch: bool = False
    as_json: bool = False


def submit(request: SubmitRequest) -> int:
    options = _options(request)
    with aws_errors_named():
        there = deployment()
        _check(request, there)
        key = _upload(request, options, there)
        ident = job_id_of(there.bucket.name, key)
        if request.watch:
            _wait_until_noticed(key, options, there)
    if request.watch:
        return show_status(ident, watch=True, as_json=request.as_json)
    if request.as_json:
        print_json({"job_id": ident, "bucket": there.bucket.name, "recording_key": key})
    else:
        out.print(f"Uploaded s3://{there.bucket.name}/{escape(key)}\nFollow it with: syncline status {ident} --watch")
    return 0


def _options(request: SubmitRequest) -> dict[str, Any]:
    """Checked here, so that a mistake is said before anything is uploaded."""
    asked: dict[str, Any] = {}
    if request.transcript is None:
        asked["mode"] = "transcribe"
    if request.translate:
        asked["translate_to"] = wishes.split_list(request.translate)
    if request.outputs:
        asked["outputs"] = wishes.split_list(request.outputs)
    if request.engine:
        asked["engine"] = request.engine
    wishes.from_dict(asked)
    return asked


def _check(request: SubmitRequest, there: Deployment) -> None:
    for path in (request.recording, request.transcript):
        if path is not None and not path.is_file():
            raise InvalidInputError(f"There is no file {path}.", code="no_such_file")
    if layout.place_of(request.recording.name).role is not layout.Role.RECORDING:
        raise MediaError(
            f"{request.recording.name} does not end like a recording.",
            code="unknown_kind",
            hint=f"Accepted are {', '.join(layout.RECORDING_EXTENSIONS)}.",
        )
    size = request.recording.stat().st_size
    validation.check_recording(StoredObject(request.recording.name, "", size), there.settings)
    if request.transcript is not None:
        _check_transcript(request.transcript, there)


def _check_transcript(path: Path, there: Deployment) -> None:
    try:
        document = path.read_bytes()
    except OSError as error:
        raise TranscriptError(f"{path} cannot be read: {error.strerror}.", code="no_such_file") from error
    validation.decode_transcript(document, max_words=there.settings.max_transcript_words)


def _upload(request: SubmitRequest, options: dict[str, Any], there: Deployment) -> str:
    """The recording last: when it is noticed, everything that belongs to it is there."""
    folder = request.folder.strip("/")
    stem = f"{layout.UPLOADS}{folder}/" if folder else layout.UPLOADS
    key = stem + request.recording.name
    stem = layout.place_of(key).stem
    s3, bucket = there.bucket.client, there.bucket.name
    if options:
        s3.put_object(Bucket=bucket, Key=stem + layout.OPTIONS_SUFFIX, Body=json.dumps(options).encode())
    if request.transcript is not None:
        s3.upload_file(str(request.transcript), bucket, stem + layout.TRANSCRIPT_SUFFIX)
    size, sent = request.recording.stat().st_size, 0
    with progress_bar(request.recording.name) as tell:

        def count(added: int) -> None:
            nonlocal sent
            sent += added
            tell("upload", sent / max(1, size))

        s3.upload_file(str(request.recording), bucket, key, Callback=count)
    return key


def _wait_until_noticed(key: str, asked: Mapping[str, Any], there: Deployment) -> None:
    """Until the record is about these very files: what it says of earlier ones under the same name is old news."""
    deadline = time.monotonic() + NOTICED_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if _is_about(there.store.get(job_id_of(there.bucket.name, key)), key, asked, there):
            return
        time.sleep(LOOK_SECONDS)
    raise SynclineError(
        "The upload has not been noticed yet.",
        code="not_noticed",
        hint="Is the bucket's notification in place? `syncline doctor` looks.",
    )


def _is_about(job: Job | None, key: str, asked: Mapping[str, Any], there: Deployment) -> bool:
    files = upload_set.list_files(there.bucket, layout.place_of(key).stem)
    uploads = upload_set.read(key, files, there.bucket, there.settings)
    if job is None or uploads is None:
        return False
    # Defaults are the reception's to choose, and may not be those of this machine.
    chosen = wishes.from_dict(job.options)
    wanted = wishes.from_dict(asked)
    as_recorded = replace(uploads, options=Options(**chosen))
    heard = job.state is State.REJECTED or all(chosen[name] == wish for name, wish in wanted.items())
    return heard and revision_of(as_recorded) == job.revision
