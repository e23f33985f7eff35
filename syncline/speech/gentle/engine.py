"""The engine `gentle`: guards around Gentle, and the embedded aligner beside it for cutting and for repairs."""

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
from syncline.core.progress import Progress
from syncline.media import export_wav, ffmpeg_binary
from syncline.media.audio import Audio
from syncline.speech.engine import AlignmentOptions, Engine
from syncline.speech.gentle import home as installation
from syncline.speech.gentle.pieces import Piece, cut
from syncline.speech.gentle.process import Limits, run_align
from syncline.speech.gentle.repair import UNKNOWN_WORD, rated, repaired
from syncline.speech.gentle.result import believable, shifted, tokens

logger = logging.getLogger(__name__)

GENTLE_RATE = 8_000
WINDOW_SECONDS = 18.0  # Gentle decodes 20 seconds at a time, which overlap by two
PIECE_SECONDS = 600.0
EMBEDDED_SHARE = 0.15  # of the progress, when the embedded aligner is asked

# Every run takes all the threads it may have, and each thread a model's worth of memory: so jobs take turns, by piece.
_turn = threading.Lock()


class GentleEngine:
    """`threads` k3 processes at most; each loads the model, so a short piece gets fewer."""

    name = "gentle"

    def __init__(
        self,
        home: Path | None,
        *,
        threads: int,
        embedded: Engine | None = None,
        limits: Limits | None = None,
        piece_seconds: float = PIECE_SECONDS,
    ) -> None:
        self.home = installation.require(home).resolve()
        self.version = installation.version(self.home)
        self._threads = threads
        self._embedded = embedded
        self._limits = limits or Limits()
        self._piece_seconds = piece_seconds

    def align(self, audio: Audio, transcript: str, wishes: AlignmentOptions, progress: Progress) -> Alignment:
        if wishes.language != "en":
            raise InvalidOptionsError(
                f"Gentle's model knows English only, not “{wishes.language}”.",
                hint="Leave “language” out, or say “en”.",
            )
        job = _Job(audio, transcript, wishes)
        second = _SecondOpinion(self._embedded, job)
        words = self._align_pieces(job, second, progress)
        final = self._with_second_opinion(words, job, second, progress)
        progress(1.0)
        return Alignment(transcript, tuple(final), self._info(audio, words, final, second))

    def transcribe(self, audio: Audio, wishes: AlignmentOptions, progress: Progress) -> Alignment:
        """Gentle aligns; what it recognises freely needs a graph of a gigabyte. The embedded engine does that."""
        if self._embedded is None:
            raise EngineError("Gentle cannot work without a transcript.", hint="Use the engine “pocketsphinx”.")
        return self._embedded.transcribe(audio, wishes, progress)

    def _pieces(self, job: _Job, second: _SecondOpinion, progress: Progress) -> list[Piece]:
        long = job.audio.seconds > self._piece_seconds
        return cut(
            second.words(_part(progress, 0.0, EMBEDDED_SHARE)) if long else (),
            seconds=job.audio.seconds,
            characters=len(job.transcript),
            at_most_seconds=self._piece_seconds,
        )

    def _align_pieces(self, job: _Job, second: _SecondOpinion, progress: Progress) -> list[Word]:
        pieces = self._pieces(job, second, progress)
        words: list[Word] = []
        begin, end = (EMBEDDED_SHARE, 1.0) if second.asked else (0.0, 1.0 - EMBEDDED_SHARE)
        step = (end - begin) / len(pieces)
        for index, piece in enumerate(pieces):
            found = self._align_piece(job, piece, _part(progress, begin + index * step, begin + (index + 1) * step))
            words += shifted(found, seconds=piece.start, offset=piece.start_offset)
        return words

    def _align_piece(self, job: _Job, piece: Piece, progress: Progress) -> list[Word]:
        text = job.transcript[piece.start_offset : piece.end_offset]
        if not tokens(text) or piece.seconds * GENTLE_RATE < 1:
            return tokens(text)
        # Beside the audio: that folder is the job's, and is removed even if this process dies.
        with tempfile.TemporaryDirectory(prefix="gentle-", dir=job.audio.path.parent) as scratch:
            folder = Path(scratch)
            export_wav(job.audio, piece.start, piece.end, folder / "piece.wav", GENTLE_RATE)
            # a line end is one character to Syncline, and would be translated where Gentle reads the file
            (folder / "piece.txt").write_text(text.replace("\r", " "), encoding="utf-8", newline="\n")
            with _turn:
                run_align(
                    self.home / "align.py",
                    self._arguments(piece, job.wishes, folder),
                    environment=self._environment(folder),
                    audio_seconds=piece.seconds,
                    limits=self._limits,
                    progress=progress,
                )
            return believable(_read(folder / "piece.json"), text, seconds=piece.seconds)

    def _arguments(self, piece: Piece, wishes: AlignmentOptions, folder: Path) -> list[str]:
        threads = max(1, min(self._threads, math.ceil(piece.seconds / WINDOW_SECONDS)))
        flags = ["--conservative"] * wishes.conservative + ["--disfluency"] * wishes.disfluency
        files = [str(folder / "piece.wav"), str(folder / "piece.txt")]
        return ["--nthreads", str(threads), "-o", str(folder / "piece.json"), *flags, *files]

    def _environment(self, folder: Path) -> dict[str, str]:
        """Its own, and small: no credentials for a program that needs none."""
        programs, temporary = folder / "bin", folder / "tmp"
        programs.mkdir()
        temporary.mkdir()
        (programs / "ffmpeg").symlink_to(ffmpeg_binary())  # Gentle runs one, whatever it is given
        environment = {
            "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "HOME": str(temporary),
            "TMPDIR": str(temporary),
            "PYTHONPATH": str(self.home),
            "PYTHONUTF8": "1",  # it opens the transcript in whatever the locale says
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        if libraries := installation.library_path(self.home):
            environment["LD_LIBRARY_PATH"] = libraries
        return environment

    def _with_second_opinion(
        self, words: Sequence[Word], job: _Job, second: _SecondOpinion, progress: Progress
    ) -> list[Word]:
        own = [word for word in words if word.case != NOT_FOUND_IN_TRANSCRIPT]
        doubtful = any(not word.aligned or word.aligned_word == UNKNOWN_WORD for word in own)
        opinion = second.words(_part(progress, 1.0 - EMBEDDED_SHARE, 1.0)) if doubtful else ()
        return repaired(rated(words, opinion), opinion, seconds=job.audio.seconds)

    def _info(
        self, audio: Audio, before: Sequence[Word], after: Sequence[Word], second: _SecondOpinion
    ) -> dict[str, object]:
        added = sum(word.case == SUCCESS for word in after) - sum(word.case == SUCCESS for word in before)
        info: dict[str, object] = {
            "engine": self.name,
            "engine_version": self.version,
            "audio_seconds": round(audio.seconds, 3),
            "repaired_words": added,
        }
        return {**info, "warnings": second.warnings} if second.warnings else info


@dataclass(frozen=True, slots=True)
class _Job:
    audio: Audio
    transcript: str
    wishes: AlignmentOptions


class _SecondOpinion:
    """The embedded aligner's words, asked for once and only when wanted. Without them Gentle's result still stands."""

    def __init__(self, engine: Engine | None, job: _Job) -> None:
        self._engine = engine
        self._job = job
        self.asked = False
        self.known: Sequence[Word] = ()
        self.warnings: list[str] = []

    def words(self, progress: Progress) -> Sequence[Word]:
        if self._engine is not None and not self.asked:
            self.asked = True
            try:
                job = self._job
                self.known = self._engine.align(job.audio, job.transcript, job.wishes, progress).words
            except (EngineError, LimitExceededError) as error:
                self.warnings.append(f"Gentle's gaps were not repaired: {error.message}")
        return self.known


def _part(progress: Progress, begin: float, end: float) -> Progress:
    """A part's own 0..1 as the piece of the whole that it is."""
    return lambda fraction: progress(begin + (end - begin) * fraction)


def _read(path: Path) -> Sequence[Word]:
    try:
        return from_json(path.read_bytes()).words
    except FileNotFoundError as error:
        raise EngineError("Gentle ended without a result.", code="gentle_failed") from error
    except InvalidInputError as error:
        raise EngineError(f"Gentle's result cannot be read: {error.message}", code="gentle_failed") from error
