"""Align or transcribe files with the processing steps that the worker uses."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from syncline.aws import settings
from syncline.aws.settings import Settings
from syncline.core.errors import MediaError, TranscriptError
from syncline.core.options import Options, check_language, from_dict
from syncline.core.progress import StageProgress, portion
from syncline.core.transcript import Transcript, retiming
from syncline.library.alignment import Alignment

if TYPE_CHECKING:
    from syncline.enrichment import EntityFinder
    from syncline.processes.pool import Pool
    from syncline.speech.engine import Engine

Pronunciations = Mapping[str, Sequence[str]]
FilePath = str | os.PathLike[str]

DECODE_SHARE = 0.1  # of the progress
TRANSCRIBING_ENGINE = "whisper"  # makes fewer errors than the others, but needs a model


@dataclass(frozen=True, slots=True)
class _Started:
    """What the first call of an aligner starts. `folder` is for temporary files."""

    engine: Engine
    pool: Pool
    folder: Path


def align(
    recording: FilePath,
    transcript: FilePath | None = None,
    *,
    text: str | None = None,
    language: str = "en",
    engine: str | None = None,
    conservative: bool = False,
    disfluency: bool = False,
    lexicon: Pronunciations | None = None,
    processes: int | None = None,
    progress: StageProgress | None = None,
) -> Alignment:
    """Find the time of every word of a transcript.

    `transcript` is a file: plain text in UTF-8, .srt or .vtt. `text` is the transcript itself. `progress` is called
    with the stage and the finished share of the whole, 0..1. For several recordings, an Aligner is faster. `lexicon`
    has pronunciations of names and terms: {"Nguyen": ["W IH N", "/wɪn/", "win"]}.
    """
    with Aligner(engine=engine, processes=processes) as aligner:
        return aligner.align(
            recording,
            transcript,
            text=text,
            language=language,
            conservative=conservative,
            disfluency=disfluency,
            lexicon=lexicon,
            progress=progress,
        )


def transcribe(
    recording: FilePath,
    *,
    language: str = "en",
    engine: str | None = None,
    processes: int | None = None,
    progress: StageProgress | None = None,
) -> Alignment:
    """Write down what is spoken, with the time of every word.

    `engine` is whisper by default if its model is installed, otherwise the one in SYNCLINE_ENGINE.
    """
    with Aligner(engine=engine or transcribing_engine(settings.read(os.environ)), processes=processes) as aligner:
        return aligner.transcribe(recording, language=language, progress=progress)


def transcribing_engine(chosen: Settings) -> str:
    """The engine for recordings without a transcript, if none is named."""
    from syncline.speech import whisper

    return TRANSCRIBING_ENGINE if whisper.is_installed(chosen.speech_model, chosen.models) else chosen.engine


class Aligner:
    """Aligns one recording after the other with the same processes.

    The first call starts the processes. `close`, or the end of the `with` block, stops them and removes all temporary
    files. Several threads may use an aligner at once.
    """

    def __init__(self, *, engine: str | None = None, processes: int | None = None) -> None:
        """`engine` is the one in SYNCLINE_ENGINE by default, and `processes` is one for each core."""
        self._settings = settings.read(os.environ)
        self.engine = Options(**from_dict({"engine": engine or self._settings.engine})).engine
        self._processes = processes
        self._lock = threading.Lock()
        self._resources = ExitStack()
        self._started: _Started | None = None
        self._closed = False

    def align(
        self,
        recording: FilePath,
        transcript: FilePath | None = None,
        *,
        text: str | None = None,
        language: str = "en",
        conservative: bool = False,
        disfluency: bool = False,
        lexicon: Pronunciations | None = None,
        progress: StageProgress | None = None,
    ) -> Alignment:
        """The arguments are those of `syncline.align`."""
        if (transcript is None) == (text is None):
            raise TypeError("align() takes either a transcript file or text=.")
        options = self._options(
            mode="align",
            language=language,
            conservative=conservative,
            disfluency=disfluency,
            lexicon=lexicon or {},
        )
        most = self._settings.max_transcript_words
        if transcript is None:
            return self._run(Path(recording), None, decode_text(text or "", max_words=most), options, progress)
        file = Path(transcript)
        return self._run(Path(recording), file, read_transcript(file, max_words=most), options, progress)

    def transcribe(
        self, recording: FilePath, *, language: str = "en", progress: StageProgress | None = None
    ) -> Alignment:
        """The arguments are those of `syncline.transcribe`."""
        options = self._options(mode="transcribe", language=language)
        return self._run(Path(recording), None, Transcript(""), options, progress)

    def start(self) -> None:
        """Start the processes now. The first call starts them otherwise."""
        self._start()

    def open_entity_finder(self, language: str) -> EntityFinder:
        """What finds entities in this language, with the aligner's processes."""
        from syncline.library.enrichment import open_entity_finder

        return open_entity_finder(language, self._start().pool)

    def close(self) -> None:
        """Stop the processes at once. The aligner cannot be used afterwards."""
        with self._lock:
            self._closed = True
            self._started = None
            self._resources.close()

    def __enter__(self) -> Aligner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _options(self, **given: object) -> Options:
        return check_language(Options(**from_dict({"engine": self.engine, **given})))

    def _run(
        self,
        recording: Path,
        transcript_file: Path | None,
        transcript: Transcript,
        options: Options,
        progress: StageProgress | None,
    ) -> Alignment:
        from syncline.pipeline import processing

        check_recording(recording)
        report = progress or _ignore_progress
        started = self._start()
        with tempfile.TemporaryDirectory(dir=started.folder) as own:
            audio = processing.decode_recording(
                recording,
                Path(own),
                max_seconds=self._settings.max_audio_seconds,
                progress=portion(lambda share: report("decode", share), 0, DECODE_SHARE),
            )
            found = processing.align(
                processing.Material(audio, transcript),
                options,
                started.engine,
                portion(lambda share: report("align", share), DECODE_SHARE, 1),
            )
        retimed = None
        if transcript_file and transcript.cues:
            cues = retiming.retime(transcript.cues, found.words, until=found.audio_seconds)
            retimed = retiming.render(cues, transcript_file.suffix.lower())
        return Alignment(found.transcript, found.words, found.info, recording, transcript_file, retimed)

    def _start(self) -> _Started:
        """The first call starts the processes."""
        from syncline.pipeline.engines import MAX_WINDOW_SECONDS, engine_factory
        from syncline.processes.cores import usable_cores
        from syncline.processes.pool import SandboxedPool
        from syncline.processes.temporary_folder import COMMAND_PREFIX, locked_folder

        with self._lock:
            if self._closed:
                raise RuntimeError("The aligner is closed.")
            if self._started is None:
                with ExitStack() as resources:
                    folder = resources.enter_context(locked_folder(COMMAND_PREFIX))
                    pool = SandboxedPool(self._processes or usable_cores(), task_seconds=MAX_WINDOW_SECONDS)
                    resources.enter_context(pool)
                    engine = engine_factory(pool, self._settings)(self.engine)
                    self._resources = resources.pop_all()
                self._started = _Started(engine, pool, folder)
            return self._started


def check_recording(path: Path) -> None:
    if not path.is_file():
        raise MediaError(f"There is no file {path}.", code="no_such_file")


def read_transcript(path: Path, *, max_words: int) -> Transcript:
    from syncline.jobs import validation

    try:
        document = path.read_bytes()
    except OSError as error:
        raise TranscriptError(
            f"The transcript {path} cannot be read: {error.strerror}.", code="no_such_file"
        ) from error
    return validation.read_transcript(document, name=path.name, max_words=max_words)


def decode_text(text: str, *, max_words: int) -> Transcript:
    from syncline.jobs import validation

    document = text.encode(errors="surrogatepass")  # a lone surrogate is refused as bad UTF-8
    return validation.read_transcript(document, name="", max_words=max_words)


def _ignore_progress(stage: str, share: float) -> None:
    pass
