"""The Whisper engine: Whisper decides what was said, the embedded tracker decides when.

Whisper's own word times are coarse. The tracker's are exact, but it reports some words as found that were never spoken,
which Whisper does not write. So the tracker aligns, and Whisper's opinion on each word changes its confidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

from syncline.core.alignment import NOT_FOUND_IN_AUDIO, Alignment, Word
from syncline.core.errors import EngineError, InvalidOptionsError
from syncline.core.languages import AUTO, spoken_name
from syncline.core.progress import Progress, portion
from syncline.core.spoken_languages import G2P2, SPOKEN_LANGUAGES
from syncline.media.audio import Audio
from syncline.processes.cpu_time import shared_threads
from syncline.processes.outcomes import Failure
from syncline.processes.pool import Pool
from syncline.speech import g2p
from syncline.speech.engine import AlignmentOptions
from syncline.speech.mismatch import mismatch_warnings
from syncline.speech.pocketsphinx.engine import PocketSphinxEngine
from syncline.speech.pocketsphinx.results import merge_by_time
from syncline.speech.whisper.anchors import certain_places
from syncline.speech.whisper.approximate import Comparison, outside, place, transcription_of
from syncline.speech.whisper.chunks import Chunk, speech_chunks
from syncline.speech.whisper.confidence import (
    LEAST_CONFIDENCE,
    LEAST_CONFIDENCE_CONSERVATIVE,
    combined_confidence,
    evidence_of,
)
from syncline.speech.whisper.missed_words import MissedWords
from syncline.speech.whisper.recognition import Recognised, Recogniser
from syncline.speech.whisper.second_opinion import (
    Scorer,
    SecondOpinion,
    placed_text,
    searched_again,
    second_opinions,
)
from syncline.speech.whisper.unwritten import UnwrittenWords

ENGLISH = "en"
SURE_OF_LANGUAGE = 0.5
RECOGNITION_SHARE = 0.6  # of the progress
TRACKING_SHARE = 0.6  # of the rest


@dataclass(frozen=True, slots=True)
class Heard:
    """What Whisper recognised in a recording. `confidence` is that of a language that was detected."""

    recognised: list[Recognised]
    language: str
    confidence: float | None
    g2p: str = G2P2

    @property
    def tracked(self) -> bool:
        """Whether the tracker knows pronunciations."""
        known = SPOKEN_LANGUAGES.get(self.language)
        return known is not None and g2p.missing(known, self.g2p) is None

    @property
    def warnings(self) -> list[str]:
        name = spoken_name(self.language)
        found = []
        if self.confidence is not None and self.confidence < SURE_OF_LANGUAGE:
            found.append(f"The language was detected as {name} ({self.language}), but this is not certain.")
        if not self.tracked:
            installable = self.language in SPOKEN_LANGUAGES
            reason = (
                f"pronunciations of {name} need {g2p.INSTALL}"
                if installable
                else f"no pronunciations are known for {name}"
            )
            found.append(f"The times of the words are approximate: {reason}.")
        return found


class WhisperEngine:
    name = "whisper"

    def __init__(self, pool: Pool, recogniser: Recogniser, *, model: str, g2p: str = G2P2) -> None:
        self.version = f"{version('ctranslate2')} {model}"
        self._recogniser = recogniser
        self._model = model
        self._pool = pool
        self._tracker = PocketSphinxEngine(pool, least_confidence=0.0, g2p=g2p)
        self._g2p = g2p

    def align(self, audio: Audio, transcript: str, options: AlignmentOptions, progress: Progress) -> Alignment:
        heard = self._recognise(audio, options, portion(progress, 0, RECOGNITION_SHARE))
        if not heard.tracked:
            return self._place(audio, transcript, heard, options, progress)
        spoken = replace(options, language=heard.language)
        return self._track(audio, transcript, heard, spoken, portion(progress, RECOGNITION_SHARE, 1))

    def transcribe(self, audio: Audio, options: AlignmentOptions, progress: Progress) -> Alignment:
        heard = self._recognise(audio, options, portion(progress, 0, RECOGNITION_SHARE))
        written = transcription_of(heard.recognised, heard.language)
        if not heard.tracked:
            progress(1.0)
            return Alignment(written.text, written.words, self._info({}, audio, heard))
        spoken = replace(options, language=heard.language)
        return self._track(audio, written.text, heard, spoken, portion(progress, RECOGNITION_SHARE, 1))

    def _place(
        self, audio: Audio, transcript: str, heard: Heard, options: AlignmentOptions, progress: Progress
    ) -> Alignment:
        """Whisper's times, for a language that the tracker does not know."""
        written = transcription_of(heard.recognised, heard.language)
        (words,) = self._pool.run(place, [Comparison(transcript, written, options.conservative)])
        if isinstance(words, Failure):
            raise EngineError(f"The transcript could not be compared with the recording: {words.reason}.")
        info = self._info({}, audio, heard, mismatch_warnings(words, heard.language))
        progress(1.0)
        merged = merge_by_time(words, outside(words, written)) if options.disfluency else words
        return Alignment(transcript, merged, info)

    def _track(
        self,
        audio: Audio,
        transcript: str,
        heard: Heard,
        options: AlignmentOptions,
        progress: Progress,
    ) -> Alignment:
        chunks = [placed_text(found) for found in heard.recognised]
        places = certain_places(transcript, chunks)
        tracking, asking = portion(progress, 0, TRACKING_SHARE), portion(progress, TRACKING_SHARE, 1)
        tracked = self._tracker.align(audio, transcript, replace(options, disfluency=False), tracking, places)
        scorer = Scorer(self._recogniser, audio, language=options.language, progress=asking)
        opinions = second_opinions(tracked.words, heard.recognised, scorer)
        least = LEAST_CONFIDENCE_CONSERVATIVE if options.conservative else LEAST_CONFIDENCE
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
        return replace(tracked, words=words, info=self._info(tracked.info, audio, heard))

    def _recognise(self, audio: Audio, options: AlignmentOptions, progress: Progress) -> Heard:
        self._check_language(options.language)
        chunks = speech_chunks(audio)
        language, confidence = options.language, None
        if language == AUTO:
            language, confidence = self._detect(audio, chunks)
        heard = Heard([], language, confidence, self._g2p)
        for recognised in self._recogniser.recognise(audio, chunks, language=language, with_times=not heard.tracked):
            heard.recognised.append(recognised)
            progress(len(heard.recognised) / len(chunks))
        progress(1.0)
        return heard

    def _check_language(self, language: str) -> None:
        if self._recogniser.multilingual or language == ENGLISH:
            return
        detect = "so it cannot detect the language" if language == AUTO else f"not “{language}”"
        raise InvalidOptionsError(
            f"The speech model {self._model} is for English only, {detect}.",
            code="engine_language",
            hint=f"Set the language to “{ENGLISH}”, or SYNCLINE_SPEECH_MODEL to a model for several languages, such as "
            "whisper-base.",
        )

    def _detect(self, audio: Audio, chunks: Sequence[Chunk]) -> tuple[str, float]:
        """Where nothing is spoken the language makes no difference."""
        with shared_threads.serving():
            detected = self._recogniser.detect_language(audio, chunks)
        return (detected.code, detected.confidence) if detected else (ENGLISH, 0.0)

    def _info(
        self, tracked: Mapping[str, Any], audio: Audio, heard: Heard, warnings: Sequence[str] = ()
    ) -> dict[str, Any]:
        own: dict[str, Any] = {"engine": self.name, "engine_version": self.version, "model": self._model}
        if heard.confidence is not None:
            own |= {"language": heard.language, "language_confidence": round(heard.confidence, 3)}
        if warnings := [*tracked.get("warnings", ()), *heard.warnings, *warnings]:
            own["warnings"] = warnings
        return {"audio_seconds": round(audio.seconds, 3), **tracked, **own}


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
