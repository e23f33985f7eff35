"""`syncline submit`: upload a recording with its transcript, and follow the job."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncline.cli import parameters
from syncline.cli.commands import Command, examples, new_app
from syncline.cli.console import print_json, progress_bar, show
from syncline.cli.exit_codes import OK
from syncline.cli.parameters import CAPTION_LIST
from syncline.cli.remote import connected
from syncline.cli.status import show_status
from syncline.core import layout
from syncline.core.errors import InvalidInputError, MediaError, SynclineError, TranscriptError
from syncline.core.job import Job, State, StoredObject, job_id_of, revision_of
from syncline.core.options import HELP, Options, from_dict, split_list

if TYPE_CHECKING:
    from syncline.aws.deployment import Deployment

POLL_SECONDS = 0.5
RECEPTION_SECONDS = 30.0  # S3 usually announces an upload within one or two

app = new_app()


@app.command(
    cls=Command,
    epilog=examples("""
$ syncline submit hello.wav hello.txt
Uploaded s3://syncline-local/uploads/hello.wav
Follow it with: syncline status 78d7914a-1bcc-5367-8e8b-94f7563f97f6 --watch
$ syncline submit talk.mp3 talk.txt --translate ja,fr --watch
"""),
)
def submit(
    recording: parameters.Recording,
    transcript: Annotated[
        Path | None,
        typer.Argument(
            metavar="TRANSCRIPT",
            help="What is spoken in the recording: plain text in UTF-8. Without it, the job writes down what is "
            "spoken.",
            show_default=False,
        ),
    ] = None,
    folder: Annotated[str, typer.Option(metavar="FOLDER", help="Folder below uploads/.")] = "",
    translate: parameters.TranslateTo = "",
    outputs: Annotated[
        str,
        typer.Option(
            metavar="LIST", help=f"One or more of {CAPTION_LIST}, separated by commas.", show_default="srt,vtt"
        ),
    ] = "",
    language: parameters.Language = None,
    lexicon: parameters.Lexicon = None,
    engine: Annotated[
        str, typer.Option(metavar="NAME", help=parameters.ENGINE_HELP, show_default="the deployment's")
    ] = "",
    metadata: parameters.Metadata = None,
    storyboard: Annotated[bool, typer.Option("--storyboard", help=HELP["storyboard"])] = False,
    watch: parameters.Watch = False,
    as_json: parameters.AsJson = False,
) -> int:
    """Upload a recording and its transcript to the deployment.

    Both files get the recording's name, so that they belong together: uploads/talk.mp3 and uploads/talk.txt. Files
    and options are checked before the upload. The results appear below results/ in the same bucket.

    With --watch, the command follows the job to its end, and exits with code 1 if the job FAILED or was REJECTED.
    """
    request = SubmitRequest(
        recording,
        transcript,
        folder,
        translate,
        outputs,
        engine,
        parameters.split_metadata(metadata),
        storyboard,
        language=language or "",
        lexicon=lexicon,
    )
    options = request.options()
    with connected() as deployment:
        check_files(request, deployment)
        key = _upload(request, options, deployment)
        job_id = job_id_of(deployment.bucket.name, key)
        if watch:
            _wait_until_received(key, options, deployment)
        elif as_json:
            print_json({"job_id": job_id, "bucket": deployment.bucket.name, "recording_key": key})
        else:
            show(f"Uploaded s3://{deployment.bucket.name}/{key}\nFollow it with: syncline status {job_id} --watch")
    return show_status(job_id, watch=True, as_json=as_json) if watch else OK


@dataclass(frozen=True, slots=True)
class SubmitRequest:
    recording: Path
    transcript: Path | None
    folder: str = ""
    translate: str = ""
    outputs: str = ""
    engine: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    storyboard: bool = False
    language: str = ""
    lexicon: Path | None = None

    def options(self) -> dict[str, Any]:
        """The contents of the options file, checked."""
        given = {
            "mode": "transcribe" if self.transcript is None else None,
            "translate_to": split_list(self.translate),
            "outputs": split_list(self.outputs),
            "engine": self.engine,
            "metadata": self.metadata,
            "storyboard": self.storyboard,
            "language": self.language,
            "lexicon": parameters.read_lexicon(self.lexicon),
        }
        options = {name: value for name, value in given.items() if value}
        from_dict(options)
        return options

    def key(self) -> str:
        folder = self.folder.strip("/")
        return f"{layout.UPLOADS}{folder}/{self.recording.name}" if folder else layout.UPLOADS + self.recording.name


def check_files(request: SubmitRequest, deployment: Deployment) -> None:
    """The reception's checks, before anything is uploaded."""
    from syncline.jobs import validation

    for path in (request.recording, request.transcript):
        if path is not None and not path.is_file():
            raise InvalidInputError(f"There is no file {path}.", code="no_such_file")
    if layout.place_of(request.recording.name).role is not layout.Role.RECORDING:
        raise MediaError(
            f"The name {request.recording.name} does not end in the suffix of a recording.",
            code="unknown_kind",
            hint=f"Accepted are {', '.join(layout.RECORDING_EXTENSIONS)}.",
        )
    size = request.recording.stat().st_size
    validation.check_recording(StoredObject(request.recording.name, "", size), deployment.settings)
    if request.transcript is not None:
        _check_transcript(request.transcript, deployment)


def _check_transcript(path: Path, deployment: Deployment) -> None:
    from syncline.jobs import validation

    try:
        document = path.read_bytes()
    except OSError as error:
        raise TranscriptError(f"{path} cannot be read: {error.strerror}.", code="no_such_file") from error
    validation.check_transcript(document, name=path.name, max_words=deployment.settings.max_transcript_words)


def _suffix_of(transcript: Path) -> str:
    """A caption file keeps its suffix, any other file is plain text."""
    suffix = transcript.suffix.lower()
    return suffix if suffix in layout.TRANSCRIPT_TYPES else layout.TRANSCRIPT_SUFFIX


def _upload(request: SubmitRequest, options: dict[str, Any], deployment: Deployment) -> str:
    """-> the recording's key. The recording is uploaded last: its event finds a complete upload set."""
    key = request.key()
    stem = layout.place_of(key).stem
    s3, bucket = deployment.bucket.client, deployment.bucket.name
    if options:
        s3.put_object(Bucket=bucket, Key=stem + layout.OPTIONS_SUFFIX, Body=json.dumps(options).encode())
    if request.transcript is not None:
        s3.upload_file(str(request.transcript), bucket, stem + _suffix_of(request.transcript))
    size, sent = request.recording.stat().st_size, 0
    with progress_bar(request.recording.name) as progress:

        def count(added: int) -> None:
            nonlocal sent
            sent += added
            progress("upload", sent / max(1, size))

        s3.upload_file(str(request.recording), bucket, key, Callback=count)
    return key


def _wait_until_received(key: str, options: Mapping[str, Any], deployment: Deployment) -> None:
    """Until the record is about these files: it may still be about earlier files of the same name."""
    deadline = time.monotonic() + RECEPTION_SECONDS
    while time.monotonic() < deadline:
        if _is_about(deployment.store.get(job_id_of(deployment.bucket.name, key)), key, options, deployment):
            return
        time.sleep(POLL_SECONDS)
    raise SynclineError(
        f"The files are uploaded, but no job was recorded within {RECEPTION_SECONDS:g} seconds.",
        code="not_noticed",
        hint="Run `syncline doctor`: the bucket's event notification may be missing.",
    )


def _is_about(job: Job | None, key: str, options: Mapping[str, Any], deployment: Deployment) -> bool:
    from syncline.jobs import upload_set

    files = upload_set.list_files(deployment.bucket, layout.place_of(key).stem)
    uploads = upload_set.read(key, files, deployment.bucket, deployment.settings)
    if job is None or uploads is None:
        return False
    # The reception's defaults may differ from this machine's: compare the options that were given, and take the
    # others from the record.
    recorded, given = from_dict(job.options), from_dict(options)
    accepted = job.state is State.REJECTED or all(recorded[name] == value for name, value in given.items())
    return accepted and revision_of(replace(uploads, options=Options(**recorded))) == job.revision
