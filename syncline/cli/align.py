"""`syncline align` and `syncline transcribe`: the worker's own steps on two files, with no AWS."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from syncline.aws import settings
from syncline.aws.settings import Settings
from syncline.cli.console import err, progress_bar
from syncline.core import options as wishes
from syncline.core.errors import InvalidInputError, InvalidOptionsError, MediaError, TranscriptError
from syncline.core.options import Options
from syncline.jobs.validation import decode_transcript

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
    translate: str = ""


def align_files(request: AlignRequest) -> None:
    asked = wishes.split_list(request.formats)
    options = _options(request, asked)
    if request.output == STDOUT and len(asked) != 1:
        raise InvalidOptionsError("Only one format can go to stdout.", hint="Give a folder with -o, or one --format.")
    if request.output == STDOUT and options.translate_to:
        raise InvalidOptionsError("Translations go into files.", hint="Give a folder with -o.")
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
    given = wishes.from_dict(
        {
            "mode": mode,
            "engine": request.engine,
            "outputs": asked,
            "translate_to": wishes.split_list(request.translate),
            "conservative": request.conservative,
            "disfluency": request.disfluency,
        }
    )
    return Options(**given)


def _read_transcript(path: Path) -> str:
    try:
        document = path.read_bytes()
    except OSError as error:
        raise TranscriptError(
            f"The transcript {path} cannot be read: {error.strerror}.", code="no_such_file"
        ) from error
    return decode_transcript(document, max_words=Settings().max_transcript_words)


def _work(request: AlignRequest, options: Options, text: str, tell: Callable[[str, float], None]) -> dict[str, bytes]:
    from syncline.pipeline import processing
    from syncline.pipeline.engines import MAX_WINDOW_SECONDS, engine_factory
    from syncline.processes.cores import usable_cores
    from syncline.processes.pool import SandboxedPool
    from syncline.translation import open_model

    mine = settings.read(os.environ)
    model = open_model(mine.translation_model, mine.models) if options.translate_to else None
    align_share = 0.6 if model else 1.0
    with (
        tempfile.TemporaryDirectory(prefix="syncline-") as folder,
        SandboxedPool(request.jobs or usable_cores(), task_seconds=MAX_WINDOW_SECONDS) as pool,
    ):
        audio = processing.decode_recording(
            request.recording,
            Path(folder),
            max_seconds=mine.max_audio_seconds,
            progress=lambda done: tell("decode", DECODE_SHARE * done),
        )
        aligned = processing.align(
            processing.Material(audio, text),
            options,
            engine_factory(pool, mine)(options.engine),
            lambda done: tell("align", DECODE_SHARE + (align_share - DECODE_SHARE) * done),
        )
    for warning in processing.warnings_of(aligned):
        err.print(f"[yellow]warning:[/yellow] {warning}")
    files = processing.render(aligned, options)
    if model:
        rest = 1 - align_share
        files |= processing.translate(
            aligned, options, model, lambda done: tell("translate", align_share + rest * done)
        )
    return files


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
