"""The engine `gentle`: Gentle as a child process, with the embedded aligner as a reference.

The embedded aligner maps the text of long recordings to the audio before they are split, and fills the gaps that Gentle
leaves.
"""

from __future__ import annotations

import logging
import math
import os
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from syncline.core.alignment import NOT_FOUND_IN_TRANSCRIPT, SUCCESS, Alignment, Word, from_json
from syncline.core.errors import EngineError, InvalidInputError, InvalidOptionsError, LimitExceededError
from syncline.core.progress import Progress, portion
from syncline.media import export_wav, ffmpeg_binary
from syncline.media.audio import Audio
from syncline.speech.engine import AlignmentOptions, Engine
from syncline.speech.gentle import chunks, installation
from syncline.speech.gentle.align_process import run_align
from syncline.speech.gentle.chunks import Chunk
from syncline.speech.gentle.reconciliation import UNKNOWN_WORD, fill_gaps, with_confidence
from syncline.speech.gentle.validation import shifted, tokens, validated
from syncline.speech.gentle.watchdog import Limits

logger = logging.getLogger(__name__)

GENTLE_RATE = 8_000
WINDOW_SECONDS = 18.0  # Gentle decodes windows of 20 seconds that overlap by two
CHUNK_SECONDS = 600.0
# k3 starts eight threads. With a glibc arena for each, it reserves 2.1 GB of address space instead of 0.9.
KALDI_ENVIRONMENT = {"MALLOC_ARENA_MAX": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
REFERENCE_SHARE = 0.15  # of the progress, when the embedded aligner runs

# Each k3 loads the whole model, and a run uses all threads. Jobs therefore take turns, one chunk at a time.
_turn = threading.Lock()


class GentleEngine:
    """Runs at most `threads` k3 processes at a time; short chunks get fewer."""

    name = "gentle"

    def __init__(
        self,
        home: Path | None,
        *,
        threads: int,
        embedded: Engine | None = None,
        limits: Limits | None = None,
        chunk_seconds: float = CHUNK_SECONDS,
    ) -> None:
        self.home = installation.require(home).resolve()
        self.version = installation.version(self.home)
        self._threads = threads
        self._embedded = embedded
        self._limits = limits or Limits()
        self._chunk_seconds = chunk_seconds

    def align(self, audio: Audio, transcript: str, options: AlignmentOptions, progress: Progress) -> Alignment:
        if options.language != "en":
            raise InvalidOptionsError(
                f"Gentle's model is for English only, not “{options.language}”.",
                hint="Leave “language” out, or set it to “en”.",
            )
        request = _Request(audio, transcript, options)
        reference = _Reference(self._embedded, request)
        words = self._align_chunks(request, reference, progress)
        final = self._reconcile(words, request, reference, progress)
        progress(1.0)
        return Alignment(transcript, tuple(final), self._info(audio, words, final, reference))

    def transcribe(self, audio: Audio, options: AlignmentOptions, progress: Progress) -> Alignment:
        """Use the embedded engine: Gentle would need a graph of a gigabyte to recognise free speech."""
        if self._embedded is None:
            raise EngineError("Gentle cannot work without a transcript.", hint="Use the engine “pocketsphinx”.")
        return self._embedded.transcribe(audio, options, progress)

    def _split(self, request: _Request, reference: _Reference, progress: Progress) -> list[Chunk]:
        long = request.audio.seconds > self._chunk_seconds
        return chunks.split(
            reference.words(portion(progress, 0.0, REFERENCE_SHARE)) if long else (),
            seconds=request.audio.seconds,
            characters=len(request.transcript),
            max_seconds=self._chunk_seconds,
        )

    def _align_chunks(self, request: _Request, reference: _Reference, progress: Progress) -> list[Word]:
        parts = self._split(request, reference, progress)
        words: list[Word] = []
        begin, end = (REFERENCE_SHARE, 1.0) if reference.requested else (0.0, 1.0 - REFERENCE_SHARE)
        step = (end - begin) / len(parts)
        for index, chunk in enumerate(parts):
            chunk_progress = portion(progress, begin + index * step, begin + (index + 1) * step)
            found = self._align_chunk(request, chunk, chunk_progress)
            words += shifted(found, seconds=chunk.start, offset=chunk.start_offset)
        return words

    def _align_chunk(self, request: _Request, chunk: Chunk, progress: Progress) -> list[Word]:
        text = request.transcript[chunk.start_offset : chunk.end_offset]
        if not tokens(text) or chunk.seconds * GENTLE_RATE < 1:
            return tokens(text)
        # The folder of the audio belongs to the job, and is removed even if this process dies.
        with tempfile.TemporaryDirectory(prefix="gentle-", dir=request.audio.path.parent) as scratch:
            folder = Path(scratch)
            export_wav(request.audio, chunk.start, chunk.end, folder / "chunk.wav", GENTLE_RATE)
            # Gentle's Python would read CR LF as one character, and all later offsets would be wrong.
            (folder / "chunk.txt").write_text(text.replace("\r", " "), encoding="utf-8", newline="\n")
            with _turn:
                run_align(
                    self.home / "align.py",
                    self._arguments(chunk, request.options, folder),
                    environment=self._environment(folder),
                    audio_seconds=chunk.seconds,
                    limits=self._limits,
                    progress=progress,
                )
            return validated(_read_result(folder / "chunk.json"), text, seconds=chunk.seconds)

    def _arguments(self, chunk: Chunk, options: AlignmentOptions, folder: Path) -> list[str]:
        threads = max(1, min(self._threads, math.ceil(chunk.seconds / WINDOW_SECONDS)))
        flags = ["--conservative"] * options.conservative + ["--disfluency"] * options.disfluency
        files = [str(folder / "chunk.wav"), str(folder / "chunk.txt")]
        # At this log level Gentle also writes a line for every gap of its second pass.
        log_level = ["--log", "DEBUG"]
        return ["--nthreads", str(threads), *log_level, "-o", str(folder / "chunk.json"), *flags, *files]

    def _environment(self, folder: Path) -> dict[str, str]:
        """Build a minimal environment, without credentials."""
        programs, temporary = folder / "bin", folder / "tmp"
        programs.mkdir()
        temporary.mkdir()
        (programs / "ffmpeg").symlink_to(ffmpeg_binary())  # Gentle converts every input with ffmpeg
        environment = {
            "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "HOME": str(temporary),
            "TMPDIR": str(temporary),
            "PYTHONPATH": str(self.home),
            "PYTHONUTF8": "1",  # some versions open the transcript in the locale's encoding
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            **KALDI_ENVIRONMENT,
        }
        if libraries := installation.library_path(self.home):
            environment["LD_LIBRARY_PATH"] = libraries
        return environment

    def _reconcile(
        self, words: Sequence[Word], request: _Request, reference: _Reference, progress: Progress
    ) -> list[Word]:
        own = [word for word in words if word.case != NOT_FOUND_IN_TRANSCRIPT]
        incomplete = any(not word.aligned or word.aligned_word == UNKNOWN_WORD for word in own)
        others = reference.words(portion(progress, 1.0 - REFERENCE_SHARE, 1.0)) if incomplete else ()
        return fill_gaps(with_confidence(words, others), others, seconds=request.audio.seconds)

    def _info(
        self, audio: Audio, before: Sequence[Word], after: Sequence[Word], reference: _Reference
    ) -> dict[str, object]:
        added = sum(word.case == SUCCESS for word in after) - sum(word.case == SUCCESS for word in before)
        info: dict[str, object] = {
            "engine": self.name,
            "engine_version": self.version,
            "audio_seconds": round(audio.seconds, 3),
            "repaired_words": added,
        }
        return {**info, "warnings": reference.warnings} if reference.warnings else info


@dataclass(frozen=True, slots=True)
class _Request:
    audio: Audio
    transcript: str
    options: AlignmentOptions


class _Reference:
    """The embedded aligner's words, computed once and only when needed. Without them Gentle's result still stands."""

    def __init__(self, engine: Engine | None, request: _Request) -> None:
        self._engine = engine
        self._request = request
        self._words: Sequence[Word] = ()
        self.requested = False
        self.warnings: list[str] = []

    def words(self, progress: Progress) -> Sequence[Word]:
        if self._engine is not None and not self.requested:
            self.requested = True
            request = self._request
            try:
                self._words = self._engine.align(request.audio, request.transcript, request.options, progress).words
            except (EngineError, LimitExceededError) as error:
                self.warnings.append(f"Gentle's gaps were not repaired: {error.message}")
        return self._words


def _read_result(path: Path) -> Sequence[Word]:
    try:
        return from_json(path.read_bytes()).words
    except FileNotFoundError as error:
        raise EngineError("Gentle wrote no result.", code="gentle_failed") from error
    except InvalidInputError as error:
        raise EngineError(f"Gentle's result cannot be read: {error.message}", code="gentle_failed") from error
