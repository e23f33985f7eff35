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
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from syncline.core import languages
from syncline.core.alignment import Word
from syncline.core.errors import EngineError
from syncline.media.audio import SAMPLE_RATE, Audio
from syncline.processes.cores import usable_cores
from syncline.processes.cpu_time import shared_threads
from syncline.speech.whisper.chunks import Chunk
from syncline.speech.whisper.features import HOP, WINDOW_SECONDS, log_mel
from syncline.speech.whisper.vocabulary import Vocabulary
from syncline.speech.whisper.word_times import TimedTokens, words_of

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
DETECTION_CHUNKS = 5
TOKEN_FRAMES_PER_SECOND = 50
WHISPER_CODES = {"jv": "jw"}


@dataclass(frozen=True, slots=True)
class Recognised:
    """What was said in a chunk; an empty text if nothing was."""

    chunk: Chunk
    text: str
    log_probability: float
    no_speech: float
    tokens: tuple[int, ...] = ()
    words: tuple[Word, ...] = ()  # with Whisper's own times, if they were asked for

    @property
    def start(self) -> float:
        return self.chunk.start / SAMPLE_RATE

    @property
    def end(self) -> float:
        return self.chunk.end / SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class DetectedLanguage:
    code: str
    confidence: float


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

    def detect_language(self, audio: Audio, chunks: Sequence[Chunk]) -> DetectedLanguage | None:
        """The language of a few chunks from all parts of the recording. None if there are no chunks."""
        probabilities: Counter[str] = Counter()
        chosen = chunks[:: max(1, len(chunks) // DETECTION_CHUNKS)][:DETECTION_CHUNKS]
        for chunk in chosen:
            (found,) = self._model.detect_language(self._encode(_samples(audio, chunk)))
            for token, probability in found:
                probabilities[languages.resolve_spoken(token.strip("<|>"))] += probability / len(chosen)
        return DetectedLanguage(*probabilities.most_common(1)[0]) if chosen else None

    def recognise(
        self, audio: Audio, chunks: Sequence[Chunk], *, language: str, with_times: bool = False
    ) -> Iterator[Recognised]:
        """In the order of the chunks."""
        with (
            shared_threads.serving(),
            ThreadPoolExecutor(self.threads, thread_name_prefix="whisper") as threads,
        ):
            yield from threads.map(
                lambda chunk: self._recognise(_samples(audio, chunk), chunk, language, with_times), chunks
            )

    def score(self, audio: Audio, questions: Sequence[Question], *, language: str) -> Iterator[list[list[ScoredToken]]]:
        """The tokens of each text of each question. A text longer than Whisper's window is cut off."""
        with (
            shared_threads.serving(),
            ThreadPoolExecutor(self.threads, thread_name_prefix="whisper") as threads,
        ):
            yield from threads.map(lambda question: self._score(audio, question, language), questions)

    def recognise_samples(self, samples: NDArray[np.int16], *, language: str) -> str:
        return self._best(self._encode(samples), Chunk(0, len(samples)), language).text

    def _recognise(self, samples: NDArray[np.int16], chunk: Chunk, language: str, with_times: bool) -> Recognised:
        encoded = self._encode(samples)
        found = self._best(encoded, chunk, language)
        if not with_times or not found.text:
            return found
        tokens = self._timed(encoded, found, language, samples)
        return replace(found, words=words_of(found.text, tokens, samples, start=found.start))

    def _score(self, audio: Audio, question: Question, language: str) -> list[list[ScoredToken]]:
        encoded = self._encode(_samples(audio, question.chunk))
        return [self._scored(encoded, text, language) for text in question.texts]

    def _scored(self, encoded: Any, text: str, language: str) -> list[ScoredToken]:
        tokens = self._vocabulary.tokens_of(f" {text}")[:MAX_SCORED_TOKENS]
        ids = [token.id for token in tokens]
        heard, expected = (
            self._model.align(sound, self._start_ids(language), [ids], [ALIGNED_FRAMES])[0].text_token_probs
            for sound in (encoded, self._silence)
        )
        return [
            ScoredToken(token.piece - 1, _log(one), _log(other))
            for token, one, other in zip(tokens, heard, expected, strict=False)
        ]

    @cached_property
    def _silence(self) -> Any:
        return self._encode(np.zeros(0, np.int16))

    def _best(self, encoded: Any, chunk: Chunk, language: str) -> Recognised:
        found = self._decode(encoded, chunk, language)
        if _repeats(found.text):
            found = self._decode(encoded, chunk, language, no_repeat_ngram_size=REPEATED_TOKENS)
        return found if _credible(found) else replace(found, text="", tokens=())

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
        tokens = self._vocabulary.without_special(result.sequences_ids[0])
        text = self._vocabulary.text_of(tokens).strip()
        return Recognised(chunk, text, float(result.scores[0]), float(result.no_speech_prob), tokens)

    def _timed(self, encoded: Any, found: Recognised, language: str, samples: NDArray[np.int16]) -> TimedTokens:
        frames = max(1, len(samples) // HOP)
        (aligned,) = self._model.align(encoded, self._start_ids(language), [list(found.tokens)], frames)
        path = np.array(aligned.alignments).reshape(-1, 2)  # (token, frame): each token's first frame is its start
        _, first = np.unique(path[:, 0], return_index=True)
        times = path[first, 1] / TOKEN_FRAMES_PER_SECOND
        return TimedTokens(self._vocabulary.characters_of(found.tokens), times.tolist())

    def _start(self, language: str) -> list[str]:
        if not self.multilingual:
            return ["<|startoftranscript|>"]
        return ["<|startoftranscript|>", f"<|{WHISPER_CODES.get(language, language)}|>", "<|transcribe|>"]

    def _start_ids(self, language: str) -> list[int]:
        return [self._vocabulary.id_of(token) for token in self._start(language)]


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
