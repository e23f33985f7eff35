"""The PocketSphinx engine: cut a recording into sections, align them in the process pool, join the words.

transcript --tokenizer, pronunciations--> words --+
                                                  +--> sections --pool--> word hypotheses --confidence--> alignment
recording ----------------------------------------+
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from importlib.metadata import version
from typing import Any

from syncline.core import languages
from syncline.core.alignment import NOT_FOUND_IN_TRANSCRIPT, SUCCESS, Alignment, Word, count_words
from syncline.core.errors import InvalidOptionsError
from syncline.core.progress import Progress
from syncline.core.spoken_languages import G2P2
from syncline.media.audio import Audio
from syncline.processes.outcomes import Failure
from syncline.processes.pool import Pool
from syncline.speech.engine import AlignmentOptions
from syncline.speech.language_quality import quality
from syncline.speech.mismatch import mismatch_warnings
from syncline.speech.pocketsphinx import features, results
from syncline.speech.pocketsphinx.acoustic_model import phone_names
from syncline.speech.pocketsphinx.confidence import ScoredWord, score_confidence
from syncline.speech.pocketsphinx.decoding import decode_section
from syncline.speech.pocketsphinx.hypotheses import AlignedSection, Section, WordHypothesis
from syncline.speech.pocketsphinx.preparation import pronounce
from syncline.speech.pocketsphinx.recognition import RecognisedWindow, Window, cut_into_windows, recognise
from syncline.speech.pocketsphinx.recovery import align_section
from syncline.speech.pocketsphinx.sectioning import Anchor, cut_into_sections
from syncline.speech.pocketsphinx.tokenizer import Token
from syncline.speech.pocketsphinx.transcripts import PronouncedTranscript

ACOUSTIC_MODEL_LANGUAGE = "en"
LEAST_CONFIDENCE = 0.4
LEAST_CONFIDENCE_CONSERVATIVE = 0.7
# Across languages, chance finds words of any transcript. If fewer than half are found, each needs better evidence.
FEW_SHARE = 0.5
LEAST_CONFIDENCE_OF_FEW = 0.9
SHORTEST_FILLER = 15  # frames; shorter ones are breaths and lip smacks
FILLER_MARGIN = 5
LINE_PAUSE_SECONDS = 0.8


def least_confidence(options: AlignmentOptions) -> float:
    """A word with less confidence counts as not found."""
    return LEAST_CONFIDENCE_CONSERVATIVE if options.conservative else LEAST_CONFIDENCE


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of a recording, in seconds, and words that another recogniser heard in it."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """The time of a pause, in seconds, and the offset of the word of the transcript that follows it."""

    seconds: float
    offset: int


class PocketSphinxEngine:
    name = "pocketsphinx"

    def __init__(self, pool: Pool, *, least_confidence: float | None = None, g2p: str = G2P2) -> None:
        """A caller that judges words by itself asks for all of them, with a `least_confidence` of 0."""
        self.version = version("pocketsphinx")
        self._pool = pool
        self._least_confidence = least_confidence
        self._g2p = g2p

    def align(
        self,
        audio: Audio,
        transcript: str,
        options: AlignmentOptions,
        progress: Progress,
        places: Sequence[Place] = (),
    ) -> Alignment:
        """`places`: where another recogniser is certain, in the order of time."""
        pronounced = pronounce(transcript, options, self._pool, g2p=self._g2p)
        warnings: list[str] = []
        sections: list[AlignedSection] = []
        if pronounced.words and features.frame_count(audio.samples):
            anchors = list(_anchors(pronounced, places))
            sections = list(self._align_sections(_whole(audio, pronounced, options), anchors, warnings, progress))
        scored = score_confidence(sections, words=len(pronounced.words))
        words = _transcript_words(pronounced, scored, least=self._least(options), limit=audio.seconds)
        judged_here = self._least_confidence is None and options.language != ACOUSTIC_MODEL_LANGUAGE
        if judged_here and _may_be_chance(words):
            words = _transcript_words(pronounced, scored, least=LEAST_CONFIDENCE_OF_FEW, limit=audio.seconds)
        warnings += mismatch_warnings(words, options.language)
        warnings += _quality_warnings(options.language)
        merged = tuple(words)
        if options.disfluency and options.language == ACOUSTIC_MODEL_LANGUAGE:
            merged = results.merge_by_time(words, self._words_in_fillers(audio, sections))
        progress(1.0)
        return Alignment(transcript, merged, self._info(audio, warnings))

    def transcribe(self, audio: Audio, options: AlignmentOptions, progress: Progress) -> Alignment:
        if options.language != ACOUSTIC_MODEL_LANGUAGE:
            raise InvalidOptionsError(
                f"pocketsphinx cannot write down {languages.spoken_name(options.language)}, only English.",
                code="unsupported_language",
                hint="Give a transcript, or use the engine whisper.",
            )
        frames, warnings = features.frame_count(audio.samples), list[str]()
        windows = list(cut_into_windows(audio.path, audio.samples, 0, frames))
        words: list[Word] = []
        transcript = ""
        for window, recognised in zip(windows, self._pool.run(recognise, windows), strict=True):
            progress(window.last_frame / frames)
            if isinstance(recognised, Failure):
                warnings.append(_failure_warning(window, recognised))
                continue
            for word in _recognised_words(recognised, limit=audio.seconds):
                transcript += _separator(words, word)
                offset = len(transcript)
                transcript += word.word
                words.append(replace(word, case=SUCCESS, start_offset=offset, end_offset=len(transcript)))
        progress(1.0)
        return Alignment(transcript, tuple(words), self._info(audio, warnings))

    def align_excerpts(
        self, audio: Audio, excerpts: Sequence[Excerpt], options: AlignmentOptions
    ) -> Iterator[tuple[Word, ...]]:
        """The words of each excerpt, with times in the recording and offsets in the excerpt's text."""
        pronounced = [pronounce(excerpt.text, options, self._pool, g2p=self._g2p) for excerpt in excerpts]
        frames = features.frame_count(audio.samples)
        sections = [
            Section(
                audio.path,
                audio.samples,
                max(0, int(excerpt.start * features.FRAMES_PER_SECOND)),
                min(frames, int(excerpt.end * features.FRAMES_PER_SECOND)),
                0,
                tuple(words.words),
                strict=True,
                cross_lingual=options.language != ACOUSTIC_MODEL_LANGUAGE,
            )
            for excerpt, words in zip(excerpts, pronounced, strict=True)
        ]
        for words, aligned in zip(pronounced, self._pool.run(align_section, sections), strict=True):
            scored = [] if isinstance(aligned, Failure) else score_confidence([aligned], words=len(words.words))
            yield tuple(_transcript_words(words, scored, least=self._least(options), limit=audio.seconds))

    def _least(self, options: AlignmentOptions) -> float:
        if self._least_confidence is not None:
            return self._least_confidence
        return least_confidence(options)

    def _align_sections(
        self, whole: Section, anchors: Sequence[Anchor], warnings: list[str], progress: Progress
    ) -> Iterator[AlignedSection]:
        sections: list[Section] = []

        def cut() -> Iterator[Section]:
            for section in cut_into_sections(whole, decode=self._decode_probe, known=anchors):
                sections.append(section)
                yield section

        for index, aligned in enumerate(self._pool.run(align_section, cut())):
            section = sections[index]
            progress(section.last_frame / whole.last_frame)
            if isinstance(aligned, Failure):
                warnings.append(_failure_warning(section, aligned))
            else:
                yield aligned

    def _decode_probe(self, section: Section) -> AlignedSection | None:
        (aligned,) = self._pool.run(decode_section, [section])
        return None if isinstance(aligned, Failure) else aligned

    def _words_in_fillers(self, audio: Audio, sections: Sequence[AlignedSection]) -> list[Word]:
        """Recognise what was spoken where no word of the transcript fits."""
        fillers = [
            Window(audio.path, audio.samples, max(0, begin - FILLER_MARGIN), end + FILLER_MARGIN)
            for section in sections
            for begin, end in section.fillers
            if end - begin >= SHORTEST_FILLER
        ]
        windows = [window for filler in fillers for window in cut_into_windows(*astuple(filler))]
        words: list[Word] = []
        for recognised in self._pool.run(recognise, windows):
            if not isinstance(recognised, Failure):
                words += _recognised_words(recognised, limit=audio.seconds)
        return words

    def _info(self, audio: Audio, warnings: Sequence[str]) -> dict[str, Any]:
        info: dict[str, Any] = {
            "engine": self.name,
            "engine_version": self.version,
            "audio_seconds": round(audio.seconds, 3),
        }
        if warnings:
            info["warnings"] = list(warnings)
        return info


def _whole(audio: Audio, pronounced: PronouncedTranscript, options: AlignmentOptions) -> Section:
    frames, words = features.frame_count(audio.samples), tuple(pronounced.words)
    cross_lingual = options.language != ACOUSTIC_MODEL_LANGUAGE
    return Section(audio.path, audio.samples, 0, frames, 0, words, cross_lingual=cross_lingual)


def _may_be_chance(words: Sequence[Word]) -> bool:
    total, aligned = count_words(words)
    return aligned < total * FEW_SHARE


def _quality_warnings(language: str) -> list[str]:
    measured = quality(language)
    if measured is None or measured.meets_target:
        return []
    name = languages.spoken_name(language)
    return [
        f"Alignment in {name} misses Syncline's targets: of clean recordings in the benchmark, "
        f"{100 * measured.found:.0f}% of the words were found. See `syncline languages`."
    ]


def _anchors(pronounced: PronouncedTranscript, places: Sequence[Place]) -> Iterator[Anchor]:
    starts = [pronounced.token(word).start for word in range(len(pronounced.words))]
    for place in places:
        yield Anchor(round(place.seconds * features.FRAMES_PER_SECOND), bisect_left(starts, place.offset))


def _transcript_words(
    pronounced: PronouncedTranscript, scored: Sequence[ScoredWord], *, least: float, limit: float
) -> list[Word]:
    """A word for each token; those with too little confidence are missing."""
    words = [results.missing_word(token) for token in pronounced.tokens]
    names = phone_names()
    for before, current, after in _with_neighbours(scored):
        if current.confidence < least:
            continue
        hypothesis = current.word
        words[pronounced.token_of_word[hypothesis.word]] = results.found_word(
            pronounced.token(hypothesis.word),
            hypothesis,
            results.refined_times(hypothesis, before, after, limit=limit),
            spoken_form=pronounced.spoken_forms[hypothesis.word][hypothesis.pronunciation],
            confidence=current.confidence,
            names=names,
        )
    return words


def _recognised_words(recognised: RecognisedWindow, *, limit: float) -> Iterator[Word]:
    """Words that are not in the transcript: they have no offsets."""
    names = phone_names()
    for before, current, after in _with_neighbours(score_confidence([recognised.aligned], words=len(recognised.texts))):
        hypothesis, text = current.word, recognised.texts[current.word.word]
        times = results.refined_times(hypothesis, before, after, limit=limit)
        token = Token(text, 0, len(text), ())
        found = results.found_word(
            token, hypothesis, times, spoken_form=text, confidence=current.confidence, names=names
        )
        yield replace(found, case=NOT_FOUND_IN_TRANSCRIPT, start_offset=None, end_offset=None)


def _with_neighbours(
    scored: Sequence[ScoredWord],
) -> Iterator[tuple[WordHypothesis | None, ScoredWord, WordHypothesis | None]]:
    words = [each.word for each in scored]
    return zip([None, *words], scored, [*words[1:], None], strict=False)


def _separator(words: Sequence[Word], word: Word) -> str:
    """A long pause starts a new line: recognised words have no punctuation."""
    if not words:
        return ""
    return "\n" if (word.start or 0.0) - (words[-1].end or 0.0) > LINE_PAUSE_SECONDS else " "


def _failure_warning(part: Section | Window, failure: Failure) -> str:
    begin, end = results.seconds(part.first_frame), results.seconds(part.last_frame)
    return f"Nothing was aligned between {begin:.0f} and {end:.0f} seconds: {failure.reason}."
