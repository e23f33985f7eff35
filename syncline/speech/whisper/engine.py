"""The Whisper engine: Whisper decides what was said, the embedded tracker decides when.

Whisper's own word times are coarse. The tracker's are exact, but it reports some words as found that were never spoken,
which Whisper does not write. So the tracker aligns, and Whisper's opinion on each word changes its confidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import Any

from syncline.core.alignment import NOT_FOUND_IN_AUDIO, Alignment, Word
from syncline.core.progress import Progress, portion
from syncline.media.audio import SAMPLE_RATE, Audio
from syncline.processes.pool import Pool
from syncline.speech.engine import AlignmentOptions
from syncline.speech.pocketsphinx.engine import PocketSphinxEngine, least_confidence
from syncline.speech.pocketsphinx.results import merge_by_time
from syncline.speech.whisper.anchors import certain_places
from syncline.speech.whisper.chunks import speech_chunks
from syncline.speech.whisper.confidence import combined_confidence, evidence_of
from syncline.speech.whisper.missed_words import MissedWords
from syncline.speech.whisper.recognition import Recognised, Recogniser
from syncline.speech.whisper.second_opinion import SecondOpinion, placed_text, searched_again, second_opinions
from syncline.speech.whisper.unwritten import UnwrittenWords

RECOGNITION_SHARE = 0.6  # of the progress
LINE_PAUSE_SECONDS = 2.0


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
        chunks = [placed_text(found) for found in recognised]
        places = certain_places(transcript, chunks)
        tracked = self._tracker.align(audio, transcript, replace(options, disfluency=False), progress, places)
        opinions = second_opinions(tracked.words, audio, recognised, self._recogniser, language=options.language)
        least = least_confidence(options)
        judged = judge(tracked.words, opinions, least=least)
        search = MissedWords(
            judged,
            chunks,
            missed=searched_again(judged, opinions),
            chunk_of={i: opinion.verdict.chunk for i, opinion in opinions.items() if opinion.verdict.chunk is not None},
        )
        found = self._tracker.align_excerpts(audio, search.excerpts, options)
        words = search.completed(found, lambda index, word: judged_word(word, opinions[index], least=least))
        if options.disfluency:
            unwritten = UnwrittenWords(words, chunks)
            timed = self._tracker.align_excerpts(audio, unwritten.excerpts, options)
            words = merge_by_time(words, list(unwritten.timed(timed, least=least)))
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


def judge(words: Sequence[Word], opinions: Mapping[int, SecondOpinion], *, least: float) -> tuple[Word, ...]:
    """The words with the confidence that both together give. Words with less than `least` were not found."""
    judged = list(words)
    for index, opinion in opinions.items():
        if words[index].aligned:
            judged[index] = judged_word(words[index], opinion, least=least) or _not_found(words[index])
    return tuple(judged)


def judged_word(word: Word, opinion: SecondOpinion, *, least: float) -> Word | None:
    if not word.aligned:
        return None
    evidence = evidence_of(word.confidence or 0.0, opinion.verdict, opinion.support)
    confidence = combined_confidence(evidence)
    return replace(word, confidence=confidence) if confidence >= least else None


def _not_found(word: Word) -> Word:
    return Word(NOT_FOUND_IN_AUDIO, word.word, start_offset=word.start_offset, end_offset=word.end_offset)
