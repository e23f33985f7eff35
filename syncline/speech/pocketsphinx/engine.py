"""Aligns hours of recording with their text: cut into sections, sections to the processes, words back in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from importlib.metadata import version
from typing import Any

from syncline.core.alignment import NOT_FOUND_IN_TRANSCRIPT, SUCCESS, Alignment, Word, count_words
from syncline.core.progress import Progress
from syncline.media.audio import Audio
from syncline.processes.pool import Failure, Pool
from syncline.speech.engine import AlignmentOptions
from syncline.speech.pocketsphinx import features, recognition, results
from syncline.speech.pocketsphinx import sectioning as planning
from syncline.speech.pocketsphinx.acoustic_model import shared_model
from syncline.speech.pocketsphinx.confidence import Judged, judge
from syncline.speech.pocketsphinx.decoding import Heard, HeardWord, Section, follow
from syncline.speech.pocketsphinx.decoding_graph import MOST_FORMS, Form
from syncline.speech.pocketsphinx.pronunciations import Pronunciations, shared_pronunciations
from syncline.speech.pocketsphinx.recognition import Recognised, Window
from syncline.speech.pocketsphinx.recovery import align_section
from syncline.speech.pocketsphinx.tokenizer import Token, tokenize

LEAST_CONFIDENCE = 0.4
LEAST_CONFIDENCE_CONSERVATIVE = 0.7
SHORTEST_JUNK = 15  # frames; shorter ones are breath and smacking lips
JUNK_MARGIN = 5
LINE_PAUSE_SECONDS = 0.8
FEWEST_WORDS_TO_JUDGE = 8
LEAST_SHARE = 0.25


class PocketSphinxEngine:
    name = "pocketsphinx"

    def __init__(self, pool: Pool) -> None:
        self.version = version("pocketsphinx")
        self._pool = pool

    def align(self, audio: Audio, transcript: str, wishes: AlignmentOptions, progress: Progress) -> Alignment:
        spoken = speak(transcript)
        warnings: list[str] = []
        parts: list[Heard] = []
        if spoken.forms and features.frame_count(audio.samples):
            parts = list(self._listen(audio, spoken.forms, warnings, progress))
        words = _words(spoken, judge(parts, words=len(spoken.forms)), wishes=wishes, limit=audio.seconds)
        warnings += _mismatch(words)
        ordered = tuple(words)
        if wishes.disfluency:
            ordered = results.in_order(words, self._beside(audio, parts))
        progress(1.0)
        return Alignment(transcript, ordered, self._info(audio, warnings))

    def _listen(
        self, audio: Audio, forms: Sequence[tuple[Form, ...]], warnings: list[str], progress: Progress
    ) -> Iterator[Heard]:
        frames = features.frame_count(audio.samples)
        whole = Section(audio.path, audio.samples, 0, frames, 0, tuple(forms))
        planned: list[Section] = []

        def plan() -> Iterator[Section]:
            for section in planning.sections(whole, listen=self._probe):
                planned.append(section)
                yield section

        for index, heard in enumerate(self._pool.run(align_section, plan())):
            section = planned[index]
            progress(section.last_frame / frames)
            if isinstance(heard, Failure):
                warnings.append(_unaligned(section, heard))
            else:
                yield heard

    def _probe(self, section: Section) -> Heard | None:
        (heard,) = self._pool.run(follow, [section])
        return None if isinstance(heard, Failure) else heard

    def _beside(self, audio: Audio, parts: Sequence[Heard]) -> list[Word]:
        """What was said in the stretches that no word of the text fits, recognised."""
        stretches = [
            Window(audio.path, audio.samples, max(0, begin - JUNK_MARGIN), end + JUNK_MARGIN)
            for part in parts
            for begin, end in part.junk
            if end - begin >= SHORTEST_JUNK
        ]
        pieces = [piece for window in stretches for piece in recognition.windows(*astuple(window))]
        words: list[Word] = []
        for recognised in self._pool.run(recognition.recognise, pieces):
            if not isinstance(recognised, Failure):
                words += [word for word, _ in _recognised_words(recognised, limit=audio.seconds)]
        return words

    def transcribe(self, audio: Audio, wishes: AlignmentOptions, progress: Progress) -> Alignment:
        frames, warnings = features.frame_count(audio.samples), list[str]()
        windows = list(recognition.windows(audio.path, audio.samples, 0, frames))
        words: list[Word] = []
        transcript = ""
        for window, recognised in zip(windows, self._pool.run(recognition.recognise, windows), strict=True):
            progress(window.last_frame / frames)
            if isinstance(recognised, Failure):
                warnings.append(_unaligned(window, recognised))
                continue
            for word, token in _recognised_words(recognised, limit=audio.seconds):
                transcript += _space_before(words, word)
                offset = len(transcript)
                transcript += token
                words.append(replace(word, case=SUCCESS, start_offset=offset, end_offset=len(transcript)))
        progress(1.0)
        return Alignment(transcript, tuple(words), self._info(audio, warnings))

    def _info(self, audio: Audio, warnings: Sequence[str]) -> dict[str, Any]:
        info: dict[str, Any] = {
            "engine": self.name,
            "engine_version": self.version,
            "audio_seconds": round(audio.seconds, 3),
        }
        if warnings:
            info["warnings"] = list(warnings)
        return info


@dataclass(frozen=True, slots=True)
class Spoken:
    """The transcript's tokens, and the forms of those that can be said."""

    tokens: list[Token]
    said: list[int]  # index of the token behind each entry of forms
    forms: list[tuple[Form, ...]]
    readings: list[tuple[str, ...]]  # by form, as text


def speak(transcript: str) -> Spoken:
    pronunciations, model = shared_pronunciations(), shared_model()
    sounds = {name: index for index, name in enumerate(model.topology.sounds)}
    spoken = Spoken(tokenize(transcript, pronunciations.known), [], [], [])
    for index, token in enumerate(spoken.tokens):
        forms = _forms(token, pronunciations, sounds)
        if forms:
            spoken.said.append(index)
            spoken.forms.append(tuple(forms))
            spoken.readings.append(tuple(forms.values()))
    return spoken


def _forms(token: Token, pronunciations: Pronunciations, sounds: dict[str, int]) -> dict[Form, str]:
    forms: dict[Form, str] = {}
    for reading in token.readings:
        ways = [pronunciations.of(word) for word in reading]
        if not all(ways):
            continue
        choices = ways[0] if len(ways) == 1 else (tuple(sound for way in ways for sound in way[0]),)
        for choice in choices:
            forms.setdefault(tuple(sounds[sound] for sound in choice), " ".join(reading))
    return dict(list(forms.items())[:MOST_FORMS])


def _words(spoken: Spoken, judged: Sequence[Judged], *, wishes: AlignmentOptions, limit: float) -> list[Word]:
    words = [results.missing(token) for token in spoken.tokens]
    names = shared_model().topology.sounds
    least = LEAST_CONFIDENCE_CONSERVATIVE if wishes.conservative else LEAST_CONFIDENCE
    for before, judgement, after in _with_neighbours(judged):
        if judgement.confidence < least:
            continue
        word = judgement.word
        token = spoken.tokens[spoken.said[word.word]]
        at = results.edges(word, before, after, limit=limit)
        said = spoken.readings[word.word][word.form]
        words[spoken.said[word.word]] = results.found(
            token, word, at, said=said, confidence=judgement.confidence, names=names
        )
    return words


def _recognised_words(recognised: Recognised, *, limit: float) -> Iterator[tuple[Word, str]]:
    names = shared_model().topology.sounds
    for before, judgement, after in _with_neighbours(judge([recognised.heard], words=len(recognised.texts))):
        word, text = judgement.word, recognised.texts[judgement.word.word]
        at = results.edges(word, before, after, limit=limit)
        token = Token(text, 0, len(text), ())
        found = results.found(token, word, at, said=text, confidence=judgement.confidence, names=names)
        yield replace(found, case=NOT_FOUND_IN_TRANSCRIPT, start_offset=None, end_offset=None), text


def _with_neighbours(judged: Sequence[Judged]) -> Iterator[tuple[HeardWord | None, Judged, HeardWord | None]]:
    words = [judgement.word for judgement in judged]
    return zip([None, *words], judged, [*words[1:], None], strict=False)


def _space_before(words: Sequence[Word], word: Word) -> str:
    """A long pause begins a new line: it is all the punctuation that a recording has."""
    if not words:
        return ""
    return "\n" if (word.start or 0.0) - (words[-1].end or 0.0) > LINE_PAUSE_SECONDS else " "


def _mismatch(words: Sequence[Word]) -> list[str]:
    total, aligned = count_words(words)
    if total < FEWEST_WORDS_TO_JUDGE or aligned >= total * LEAST_SHARE:
        return []
    return [
        f"Only {aligned} of {total} words were found in the recording: "
        "does this transcript belong to it, and is it in English?"
    ]


def _unaligned(stretch: Section | Window, failure: Failure) -> str:
    begin, end = results.seconds(stretch.first_frame), results.seconds(stretch.last_frame)
    return f"Nothing was aligned between {begin:.0f} and {end:.0f} seconds: {failure.reason}."
