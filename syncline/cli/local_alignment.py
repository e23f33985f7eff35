"""Align or transcribe files of this machine, with the processing steps that the worker uses."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from syncline.aws import settings
from syncline.cli import output
from syncline.cli.console import progress_bar, warn
from syncline.core import formats, layout
from syncline.core.errors import InvalidOptionsError, MediaError, TranscriptError
from syncline.core.formats.model import Recording
from syncline.core.formats.read_along import MAX_EMBEDDED_BYTES
from syncline.core.options import Options, from_dict, split_list
from syncline.core.progress import StageProgress, portion
from syncline.core.transcript import Transcript

if TYPE_CHECKING:
    from syncline.aws.settings import Settings

DECODE_SHARE = 0.1  # of the progress bar
ALIGN_SHARE_BEFORE_TRANSLATION = 0.6


@dataclass(frozen=True, slots=True)
class AlignRequest:
    """The arguments of `syncline align`; without a transcript those of `syncline transcribe`."""

    recording: Path
    transcript: Path | None
    output: str = output.STDOUT
    formats: str | None = None
    engine: str | None = None
    processes: int | None = None
    conservative: bool = False
    disfluency: bool = False
    translate: str = ""


def align_files(request: AlignRequest) -> None:
    chosen = settings.read(os.environ)
    target, names = output.parse_with_formats(request.output, request.formats, default="json")
    options = _options(request, names, chosen)
    output.require_one(target, names, what="format", option="--format")
    if target.single and options.translate_to:
        raise InvalidOptionsError("Translations are written as files of their own.", hint="Give a folder with -o.")
    if not request.recording.is_file():
        raise MediaError(f"There is no file {request.recording}.", code="no_such_file")
    transcript = _read_transcript(request.transcript, chosen) if request.transcript else Transcript("")
    output.check_writable(target, never=request.transcript)
    with progress_bar(request.recording.name) as progress:
        files = _process(request, options, transcript, chosen, progress)
    output.write(target, _of_one_format(files, names[0]) if target.single else files)


def _options(request: AlignRequest, names: list[str], chosen: Settings) -> Options:
    given = {
        "mode": "align" if request.transcript else "transcribe",
        "engine": request.engine or chosen.engine,
        "outputs": names,
        "translate_to": split_list(request.translate),
        "conservative": request.conservative,
        "disfluency": request.disfluency,
    }
    return Options(**from_dict(given))


def _read_transcript(path: Path, chosen: Settings) -> Transcript:
    from syncline.jobs.validation import read_transcript

    try:
        document = path.read_bytes()
    except OSError as error:
        raise TranscriptError(
            f"The transcript {path} cannot be read: {error.strerror}.", code="no_such_file"
        ) from error
    return read_transcript(document, name=path.name, max_words=chosen.max_transcript_words)


def _process(
    request: AlignRequest, options: Options, transcript: Transcript, chosen: Settings, progress: StageProgress
) -> dict[str, bytes]:
    from syncline.pipeline import processing
    from syncline.pipeline.engines import MAX_WINDOW_SECONDS, engine_factory
    from syncline.processes.cores import usable_cores
    from syncline.processes.pool import SandboxedPool
    from syncline.processes.temporary_folder import COMMAND_PREFIX, own_folder
    from syncline.processes.termination import exit_on_signals
    from syncline.translation import open_model

    # Opened first: a missing model is an error before the alignment rather than after it.
    model = open_model(chosen.translation_model, chosen.models) if options.translate_to else None
    aligned_at = ALIGN_SHARE_BEFORE_TRANSLATION if model else 1.0
    with (
        exit_on_signals(),
        own_folder(COMMAND_PREFIX) as folder,
        SandboxedPool(request.processes or usable_cores(), task_seconds=MAX_WINDOW_SECONDS) as pool,
    ):
        audio = processing.decode_recording(
            request.recording,
            folder,
            max_seconds=chosen.max_audio_seconds,
            progress=portion(lambda share: progress("decode", share), 0, DECODE_SHARE),
        )
        aligned = processing.align(
            processing.Material(audio, transcript),
            options,
            engine_factory(pool, chosen)(options.engine),
            portion(lambda share: progress("align", share), DECODE_SHARE, aligned_at),
        )
    for warning in processing.warnings_of(aligned):
        warn(warning)
    files = processing.render(aligned, options, recording=_recording(request.recording, options))
    if request.transcript and transcript.cues:
        files |= processing.retime(aligned, transcript, options.language, request.transcript.suffix.lower())
    if model:
        translating = portion(lambda share: progress("translate", share), aligned_at, 1)
        files |= processing.translate(aligned, options, model, translating)
    return files


def _recording(path: Path, options: Options) -> Recording:
    """A page embeds the recording if it is small enough, and plays the file beside it otherwise."""
    embedded = "html" in options.outputs and path.stat().st_size <= MAX_EMBEDDED_BYTES
    kind = layout.RECORDING_TYPES.get(path.suffix[1:].lower(), "audio/mpeg")
    return Recording(path.name, kind, path.read_bytes() if embedded else None)


def _of_one_format(files: dict[str, bytes], name: str) -> dict[str, bytes]:
    """The JSON is always rendered too."""
    suffix = formats.named(name).suffix
    return {file: content for file, content in files.items() if file.endswith(suffix)}
