"""The engine `gentle`: Gentle as a child process, with another engine as a reference.

The reference is the embedded aligner, alone or with Whisper's opinion on its words. It runs first. It maps the text of
long recordings to the audio, so that they can be split, and its words are the second opinion on Gentle's.
"""

from __future__ import annotations

import math
import os
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from syncline.core.alignment import Alignment, Word, from_json
from syncline.core.engines import DEFAULT_ENGINE
from syncline.core.errors import EngineError, InvalidInputError, InvalidOptionsError, LimitExceededError
from syncline.core.progress import Progress, portion
from syncline.media import export_wav, ffmpeg_binary
from syncline.media.audio import Audio
from syncline.speech.engine import AlignmentOptions, Engine
from syncline.speech.gentle import chunks, installation
from syncline.speech.gentle.align_process import run_align
from syncline.speech.gentle.chunks import Chunk
from syncline.speech.gentle.reconciliation import reconcile, unchecked
from syncline.speech.gentle.silence import without_silent_words
from syncline.speech.gentle.validation import shifted, tokens, validated
from syncline.speech.gentle.watchdog import Limits

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
        if embedded is not None and embedded.name != DEFAULT_ENGINE:  # its model changes the result
            self.version += f" with {embedded.name} {embedded.version}"
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
        reference = self._reference(request, portion(progress, 0.0, REFERENCE_SHARE))
        words = self._align_chunks(request, reference.words, portion(progress, REFERENCE_SHARE, 1.0))
        words = without_silent_words(words, audio)
        final = reconcile(words, reference.words) if reference.words else unchecked(words)
        progress(1.0)
        return Alignment(transcript, tuple(final.words), self._info(audio, final.repaired, reference.warnings))

    def transcribe(self, audio: Audio, options: AlignmentOptions, progress: Progress) -> Alignment:
        """Use the embedded engine: Gentle would need a graph of a gigabyte to recognise free speech."""
        if self._embedded is None:
            raise EngineError("Gentle cannot work without a transcript.", hint="Use the engine “pocketsphinx”.")
        return self._embedded.transcribe(audio, options, progress)

    def _reference(self, request: _Request, progress: Progress) -> _Reference:
        """Align with the embedded aligner. If that fails, Gentle's result still stands."""
        if self._embedded is None:
            return _Reference()
        try:
            aligned = self._embedded.align(request.audio, request.transcript, request.options, progress)
        except (EngineError, LimitExceededError) as error:
            return _Reference(warnings=[f"Gentle's words were not checked or repaired: {error.message}"])
        warnings = [f"The aligner that checks Gentle: {each}" for each in aligned.info.get("warnings", ())]
        return _Reference(without_silent_words(aligned.words, request.audio), warnings)

    def _align_chunks(self, request: _Request, reference: Sequence[Word], progress: Progress) -> list[Word]:
        parts = chunks.split(
            reference,
            seconds=request.audio.seconds,
            characters=len(request.transcript),
            max_seconds=self._chunk_seconds,
        )
        words: list[Word] = []
        for index, chunk in enumerate(parts):
            found = self._align_chunk(request, chunk, portion(progress, index / len(parts), (index + 1) / len(parts)))
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

    def _info(self, audio: Audio, repaired: int, warnings: Sequence[str]) -> dict[str, object]:
        info: dict[str, object] = {
            "engine": self.name,
            "engine_version": self.version,
            "audio_seconds": round(audio.seconds, 3),
            "repaired_words": repaired,
        }
        return {**info, "warnings": list(warnings)} if warnings else info


@dataclass(frozen=True, slots=True)
class _Request:
    audio: Audio
    transcript: str
    options: AlignmentOptions


@dataclass(frozen=True, slots=True)
class _Reference:
    words: Sequence[Word] = ()
    warnings: Sequence[str] = ()


def _read_result(path: Path) -> Sequence[Word]:
    try:
        return from_json(path.read_bytes()).words
    except FileNotFoundError as error:
        raise EngineError("Gentle wrote no result.", code="gentle_failed") from error
    except InvalidInputError as error:
        raise EngineError(f"Gentle's result cannot be read: {error.message}", code="gentle_failed") from error
