"""Run Whisper on CTranslate2: one model per process, on all cores.

It recognises chunks, with checks against invention, and says how probable a given text is.

Whisper writes text for silence and music, too, and sometimes repeats a phrase without end. A text that repeats itself
is decoded again with repetition forbidden. A text that the model itself thinks improbable is dropped. Nothing is
sampled, so the same recording always gives the same text.
"""

from __future__ import annotations

import math
import threading
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from syncline.core.errors import EngineError
from syncline.media.audio import SAMPLE_RATE, Audio
from syncline.processes.cores import usable_cores
from syncline.processes.cpu_time import shared_threads
from syncline.speech.whisper.chunks import Chunk
from syncline.speech.whisper.features import WINDOW_SECONDS, log_mel
from syncline.speech.whisper.vocabulary import Vocabulary

BEAM = 5
MAX_COMPRESSION = 2.4  # of the text by zlib: more is a loop
REPEATED_TOKENS = 4  # in the second attempt, no sequence of so many tokens may occur twice
# The mean log-probability of a token. In 36 recordings of people, the least is -0.95, and the no-speech probability is
# at most 0.22. Tones, music, hum, noise and clicks give -1.5 and less.
LEAST_LOG_PROBABILITY = -1.5
LEAST_LOG_PROBABILITY_IF_DOUBTED = -1.0
DOUBTED_NO_SPEECH = 0.15
MAX_TOKENS = 224
MAX_SCORED_TOKENS = 440  # the decoder's window is 448
LEAST_PROBABILITY = 1e-8
ALIGNED_FRAMES = 50  # CTranslate2 also aligns the tokens with so many frames, which nothing here uses


@dataclass(frozen=True, slots=True)
class Recognised:
    """What was said in a chunk; an empty text if nothing was."""

    chunk: Chunk
    text: str
    log_probability: float
    no_speech: float


@dataclass(frozen=True, slots=True)
class ScoredToken:
    """How probable a token of a given text is after those before it: in the recording, and without any sound."""

    piece: int  # where its piece of the text begins, with the space before it
    heard: float  # log-probability
    expected: float


@dataclass(frozen=True, slots=True)
class Question:
    """Texts that might be what was said in a chunk."""

    chunk: Chunk
    texts: tuple[str, ...]


class Recogniser:
    """Use from any thread."""

    def __init__(self, folder: Path, *, threads: int | None = None) -> None:
        import ctranslate2

        self.threads = threads or usable_cores()
        try:
            self._model = ctranslate2.models.Whisper(
                str(folder), device="cpu", compute_type="int8", inter_threads=self.threads, intra_threads=1
            )
            self._vocabulary = Vocabulary(folder)
        except (RuntimeError, OSError, ValueError) as error:
            raise EngineError(
                f"The speech model in {folder} cannot be loaded: {error}.",
                code="model_unusable",
                hint="Run `syncline models verify`, and fetch it again if that fails.",
            ) from error
        self.multilingual = bool(self._model.is_multilingual)

    def recognise(self, audio: Audio, chunks: Sequence[Chunk], *, language: str) -> Iterator[Recognised]:
        """In the order of the chunks."""
        with (
            shared_threads.serving(),
            ThreadPoolExecutor(self.threads, thread_name_prefix="whisper") as threads,
        ):
            yield from threads.map(lambda chunk: self._recognise(audio, chunk, language), chunks)

    def score(self, audio: Audio, questions: Sequence[Question], *, language: str) -> Iterator[list[list[ScoredToken]]]:
        """The tokens of each text of each question. A text longer than Whisper's window is cut off."""
        with (
            shared_threads.serving(),
            ThreadPoolExecutor(self.threads, thread_name_prefix="whisper") as threads,
        ):
            yield from threads.map(lambda question: self._score(audio, question, language), questions)

    def recognise_samples(self, samples: NDArray[np.int16], *, language: str) -> str:
        return self._best(self._encode(samples), Chunk(0, len(samples)), language).text

    def _recognise(self, audio: Audio, chunk: Chunk, language: str) -> Recognised:
        return self._best(self._encode(_samples(audio, chunk)), chunk, language)

    def _score(self, audio: Audio, question: Question, language: str) -> list[list[ScoredToken]]:
        encoded = self._encode(_samples(audio, question.chunk))
        return [self._scored(encoded, text, language) for text in question.texts]

    def _scored(self, encoded: Any, text: str, language: str) -> list[ScoredToken]:
        tokens = self._vocabulary.tokens_of(f" {text}")[:MAX_SCORED_TOKENS]
        ids = [token.id for token in tokens]
        start = [self._vocabulary.id_of(token) for token in self._start(language)]
        heard, expected = (
            self._model.align(sound, start, [ids], [ALIGNED_FRAMES])[0].text_token_probs
            for sound in (encoded, self._silence)
        )
        return [
            ScoredToken(token.piece - 1, _log(one), _log(other))
            for token, one, other in zip(tokens, heard, expected, strict=False)
        ]

    @cached_property
    def _silence(self) -> Any:
        return self._encode(np.zeros(0, np.int16))

    def _start(self, language: str) -> list[str]:
        start = ["<|startoftranscript|>"]
        return [*start, f"<|{language}|>", "<|transcribe|>"] if self.multilingual else start

    def _best(self, encoded: Any, chunk: Chunk, language: str) -> Recognised:
        found = self._decode(encoded, chunk, language)
        if _repeats(found.text):
            found = self._decode(encoded, chunk, language, no_repeat_ngram_size=REPEATED_TOKENS)
        return found if _credible(found) else replace(found, text="")

    def _encode(self, samples: NDArray[np.int16]) -> Any:
        import ctranslate2

        mel = log_mel(samples, bands=self._model.n_mels)
        return self._model.encode(ctranslate2.StorageView.from_array(mel[None]))

    def _decode(self, encoded: Any, chunk: Chunk, language: str, *, no_repeat_ngram_size: int = 0) -> Recognised:
        (result,) = self._model.generate(
            encoded,
            [[*self._start(language), "<|notimestamps|>"]],
            beam_size=BEAM,
            no_repeat_ngram_size=no_repeat_ngram_size,
            max_length=MAX_TOKENS,
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=True,
        )
        text = self._vocabulary.text_of(result.sequences_ids[0]).strip()
        return Recognised(chunk, text, float(result.scores[0]), float(result.no_speech_prob))


def _samples(audio: Audio, chunk: Chunk) -> NDArray[np.int16]:
    count = min(chunk.end - chunk.start, WINDOW_SECONDS * SAMPLE_RATE)
    return np.fromfile(audio.path, "<i2", count=count, offset=2 * chunk.start)


def _log(probability: float) -> float:
    return math.log(max(probability, LEAST_PROBABILITY))


def _credible(found: Recognised) -> bool:
    doubted = found.no_speech > DOUBTED_NO_SPEECH
    least = LEAST_LOG_PROBABILITY_IF_DOUBTED if doubted else LEAST_LOG_PROBABILITY
    return found.log_probability >= least and not _repeats(found.text)


def _repeats(text: str) -> bool:
    encoded = text.encode()
    return len(encoded) > 40 and len(encoded) / len(zlib.compress(encoded)) > MAX_COMPRESSION


class SharedRecognisers:
    """One copy of each model for all jobs of a process."""

    def __init__(self) -> None:
        self._loaded: dict[Path, Recogniser] = {}
        self._loading = threading.Lock()

    def get(self, folder: Path) -> Recogniser:
        with self._loading:
            if folder not in self._loaded:
                self._loaded[folder] = Recogniser(folder)
            return self._loaded[folder]


SHARED = SharedRecognisers()
