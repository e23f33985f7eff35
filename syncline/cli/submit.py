"""`syncline submit`: upload a recording with its transcript under one name, and follow the job."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.markup import escape

from syncline import layout, validation
from syncline import options as wishes
from syncline.cli.console import err, out, progress_bar
from syncline.cli.jobs import show_status
from syncline.cli.remote import aws_errors_named, deployment, print_json
from syncline.deployment import Deployment
from syncline.errors import InvalidInputError, MediaError, TranscriptError
from syncline.job import StoredObject, job_id


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
    ident = job_id(there.bucket.name, key)
    if request.watch:
        _wait_until_noticed(ident, there)
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


def _wait_until_noticed(ident: str, there: Deployment) -> None:
    import time

    for _ in range(60):
        if there.store.get(ident) is not None:
            return
        time.sleep(0.5)
    err.print("The upload has not been noticed yet. Is the bucket's notification in place? `syncline doctor` looks.")
