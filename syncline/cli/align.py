"""`syncline align` and `syncline transcribe`: the worker's own steps on two files, with no AWS."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from syncline import options as wishes
from syncline.cli.console import err, progress_bar
from syncline.errors import InvalidInputError, InvalidOptionsError, MediaError, TranscriptError
from syncline.options import Options
from syncline.settings import Settings
from syncline.validation import decode_transcript

STDOUT = "-"
DECODE_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class AlignRequest:
    recording: Path
    transcript: Path | None
    output: str = STDOUT
    formats: str = "json"
    engine: str = "pocketsphinx"
    jobs: int | None = None
    conservative: bool = False
    disfluency: bool = False


def align_files(request: AlignRequest) -> None:
    asked = wishes.split_list(request.formats)
    options = _options(request, asked)
    if request.output == STDOUT and len(asked) != 1:
        raise InvalidOptionsError("Only one format can go to stdout.", hint="Give a folder with -o, or one --format.")
    if not request.recording.is_file():
        raise MediaError(f"There is no file {request.recording}.", code="no_such_file")
    text = _read_transcript(request.transcript) if request.transcript else ""
    with progress_bar(request.recording.name) as tell:
        files = _work(request, options, text, tell)
    if request.output == STDOUT:
        sys.stdout.buffer.write(_only(files, asked[0]))
    else:
        _write(files, Path(request.output))


def _options(request: AlignRequest, asked: list[str]) -> Options:
    mode = "align" if request.transcript else "transcribe"
    given = wishes.from_dict({"mode": mode, "engine": request.engine, "outputs": asked})
    return Options(**given, conservative=request.conservative, disfluency=request.disfluency)


def _read_transcript(path: Path) -> str:
    try:
        document = path.read_bytes()
    except OSError as error:
        raise TranscriptError(
            f"The transcript {path} cannot be read: {error.strerror}.", code="no_such_file"
        ) from error
    return decode_transcript(document, max_words=Settings().max_transcript_words)


def _work(request: AlignRequest, options: Options, text: str, tell: Callable[[str, float], None]) -> dict[str, bytes]:
    from worker import pipeline
    from worker.pool import AlignmentPool
    from worker.run import usable_cores
    from worker.services import WINDOW_SECONDS_AT_MOST, make_engine

    limits = Settings()
    with (
        tempfile.TemporaryDirectory(prefix="syncline-") as folder,
        AlignmentPool(request.jobs or usable_cores(), task_seconds=WINDOW_SECONDS_AT_MOST) as pool,
    ):
        audio = pipeline.decode_recording(
            request.recording,
            Path(folder),
            max_seconds=limits.max_audio_seconds,
            progress=lambda done: tell("decode", DECODE_SHARE * done),
        )
        aligned = pipeline.align(
            pipeline.Material(audio, text),
            options,
            make_engine(options.engine, pool, gentle_home=limits.gentle_home),
            lambda done: tell("align", DECODE_SHARE + (1 - DECODE_SHARE) * done),
        )
    for warning in pipeline.warnings_of(aligned):
        err.print(f"[yellow]warning:[/yellow] {warning}")
    return pipeline.render(aligned, options)


_SUFFIXES = {"json": ".json", "csv": ".csv", "srt": ".srt", "vtt": ".vtt", "textgrid": ".TextGrid"}


def _only(files: dict[str, bytes], kind: str) -> bytes:
    return next(body for name, body in files.items() if name.endswith(_SUFFIXES[kind]))


def _write(files: dict[str, bytes], folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, body in files.items():
            (folder / name).write_bytes(body)
            err.print(f"{folder / name}")
    except OSError as error:
        raise InvalidInputError(f"Cannot write to {folder}: {error.strerror}.", code="no_such_folder") from error
