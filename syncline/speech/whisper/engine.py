"""The Whisper engine: Whisper decides what was said, the embedded tracker decides when.

Whisper's own word times are coarse. The tracker's are exact, but it reports some words as found that were never spoken,
which Whisper does not write. So the tracker aligns, and Whisper's opinion on each word changes its confidence.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

from syncline.core.alignment import NOT_FOUND_IN_AUDIO, Alignment, Word
from syncline.core.progress import Progress, portion
from syncline.media.audio import SAMPLE_RATE, Audio
from syncline.processes.pool import Pool
from syncline.speech.engine import AlignmentOptions
from syncline.speech.pocketsphinx.engine import PocketSphinxEngine, least_confidence
from syncline.speech.whisper.agreement import Opinion, PlacedText, Verdict, compare
from syncline.speech.whisper.chunks import speech_chunks
from syncline.speech.whisper.missed_words import MissedWords, place_words
from syncline.speech.whisper.recognition import Recognised, Recogniser

RECOGNITION_SHARE = 0.6  # of the progress
LINE_PAUSE_SECONDS = 2.0
# Added to the log odds of a word's confidence; from the recordings of benchmarks/people.py. Agreement nearly proves a
# word. A contradiction proves less, because Whisper corrects what people say.
LOG_ODDS = {Opinion.AGREES: 3.5, Opinion.SILENT: -2.0, Opinion.CONTRADICTS: -3.0}


class WhisperEngine:
    name = "whisper"

    def __init__(self, pool: Pool, recogniser: Recogniser, *, model: str) -> None:
        self.version = f"{version('ctranslate2')} {model}"
        self._recogniser = recogniser
        self._model = model
        self._tracker = PocketSphinxEngine(pool, least_confidence=0.0)

    def align(self, audio: Audio, transcript: str, options: AlignmentOptions, progress: Progress) -> Alignment:
        recognised = self._recognise(audio, options, portion(progress, 0, RECOGNITION_SHARE))
        return self._track(audio, transcript, recognised, options, portion(progress, RECOGNITION_SHARE, 1))

    def transcribe(self, audio: Audio, options: AlignmentOptions, progress: Progress) -> Alignment:
        recognised = self._recognise(audio, options, portion(progress, 0, RECOGNITION_SHARE))
        return self._track(audio, joined(recognised), recognised, options, portion(progress, RECOGNITION_SHARE, 1))

    def _track(
        self,
        audio: Audio,
        transcript: str,
        recognised: Sequence[Recognised],
        options: AlignmentOptions,
        progress: Progress,
    ) -> Alignment:
        tracked = self._tracker.align(audio, transcript, options, progress)
        chunks = [placed_text(found) for found in recognised]
        judged = judge(tracked.words, chunks, least=least_confidence(options))
        search = MissedWords(judged.words, judged.verdicts, chunks)
        found = self._tracker.align_excerpts(audio, search.excerpts, options)
        words = search.completed(found, lambda word: confirmed(word, least=least_confidence(options)))
        return replace(tracked, words=words, info=self._info(tracked.info))

    def _recognise(self, audio: Audio, options: AlignmentOptions, progress: Progress) -> list[Recognised]:
        chunks = speech_chunks(audio)
        found = []
        for recognised in self._recogniser.recognise(audio, chunks, language=options.language):
            found.append(recognised)
            progress(len(found) / len(chunks))
        progress(1.0)
        return found

    def _info(self, tracked: Any) -> dict[str, Any]:
        return {**tracked, "engine": self.name, "engine_version": self.version, "model": self._model}


def joined(recognised: Sequence[Recognised]) -> str:
    """The recognised text. A long pause starts a new line."""
    transcript, end = "", None
    for found in recognised:
        if not found.text:
            continue
        pause = 0.0 if end is None else (found.chunk.start - end) / SAMPLE_RATE
        transcript += "" if end is None else "\n" if pause > LINE_PAUSE_SECONDS else " "
        transcript += found.text
        end = found.chunk.end
    return transcript


def placed_text(found: Recognised) -> PlacedText:
    return PlacedText(found.text, found.chunk.start / SAMPLE_RATE, found.chunk.end / SAMPLE_RATE)


@dataclass(frozen=True, slots=True)
class Judged:
    words: tuple[Word, ...]
    verdicts: Mapping[int, Verdict]  # by the index of the word


def judge(words: Sequence[Word], chunks: Sequence[PlacedText], *, least: float) -> Judged:
    """The words with the confidence that both together give. Words with less than `least` were not found."""
    placed = place_words(words)
    verdicts = dict(zip(placed, compare(list(placed.values()), chunks), strict=True))
    judged = list(words)
    for index, verdict in verdicts.items():
        if words[index].aligned:
            confidence = _combined(words[index].confidence or 0.0, verdict.opinion)
            found = confidence >= least
            judged[index] = replace(words[index], confidence=confidence) if found else _not_found(words[index])
    return Judged(tuple(judged), verdicts)


def confirmed(word: Word, *, least: float) -> Word | None:
    """A word that Whisper heard and the second search found, unless the tracker still doubts it too much."""
    confidence = _combined(word.confidence or 0.0, Opinion.AGREES)
    return replace(word, confidence=confidence) if word.aligned and confidence >= least else None


def _combined(confidence: float, opinion: Opinion) -> float:
    bounded = min(max(confidence, 1e-4), 1 - 1e-4)
    odds = math.log(bounded / (1 - bounded)) + LOG_ODDS[opinion]
    return 1 / (1 + math.exp(-odds))


def _not_found(word: Word) -> Word:
    return Word(NOT_FOUND_IN_AUDIO, word.word, start_offset=word.start_offset, end_offset=word.end_offset)
