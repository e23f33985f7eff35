"""Aligns hours of recording with their text: cut into sections, sections to the processes, words back in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Protocol

from syncline.alignment import Alignment, Word
from worker.engines import Audio, AlignmentWishes, Progress
from worker.engines.pocketsphinx import features, planning, results
from worker.engines.pocketsphinx.acoustics import AcousticModel, shared_model
from worker.engines.pocketsphinx.confidence import confidence
from worker.engines.pocketsphinx.graph import Form
from worker.engines.pocketsphinx.pronunciations import Pronunciations, shared_pronunciations
from worker.engines.pocketsphinx.sections import Heard, HeardWord, Section, align_section
from worker.engines.pocketsphinx.tokens import Token, tokenize
from worker.pool import Failure, Pool

MOST_FORMS = 8
LEAST_CONFIDENCE = 0.25


class PocketSphinxEngine:
    name = "pocketsphinx"

    def __init__(self, pool: Pool) -> None:
        self.version = version("pocketsphinx")
        self._pool = pool

    def align(self, audio: Audio, transcript: str, wishes: AlignmentWishes, progress: Progress) -> Alignment:
        spoken = _speak(transcript)
        warnings: list[str] = []
        heard: dict[int, tuple[HeardWord, float]] = {}
        if spoken.forms and features.frame_count(audio.samples):
            for part in self._listen(audio, spoken.forms, warnings, progress):
                heard.update({word.word: (word, part.noise) for word in part.words})
        words = _words(spoken, heard, limit=audio.seconds)
        progress(1.0)
        return Alignment(transcript, tuple(words), self._info(audio, warnings))

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
        (heard,) = self._pool.run(align_section, [section])
        return None if isinstance(heard, Failure) else heard

    def transcribe(self, audio: Audio, wishes: AlignmentWishes, progress: Progress) -> Alignment:
        return Alignment("", (), self._info(audio, []))

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
class _Spoken:
    """The transcript's tokens, and the forms of those that can be said."""

    tokens: list[Token]
    said: list[int]  # index of the token behind each entry of forms
    forms: list[tuple[Form, ...]]
    readings: list[tuple[str, ...]]  # by form, as text


def _speak(transcript: str) -> _Spoken:
    pronunciations, model = shared_pronunciations(), shared_model()
    sounds = {name: index for index, name in enumerate(model.topology.sounds)}
    spoken = _Spoken(tokenize(transcript, pronunciations.known), [], [], [])
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


def _words(spoken: _Spoken, heard: dict[int, tuple[HeardWord, float]], *, limit: float) -> list[Word]:
    words = [results.missing(token) for token in spoken.tokens]
    names = shared_model().topology.sounds
    for index, (word, noise) in heard.items():
        sure = confidence(word, noise=noise, neighbours=_neighbours(heard, index))
        if sure < LEAST_CONFIDENCE:
            continue
        token = spoken.tokens[spoken.said[index]]
        said = spoken.readings[index][word.form]
        before, after = heard.get(index - 1), heard.get(index + 1)
        at = results.edges(word, before and before[0], after and after[0], noise=noise, limit=limit)
        words[spoken.said[index]] = results.found(token, word, at, said=said, confidence=sure, names=names)
    return words


def _neighbours(heard: dict[int, tuple[HeardWord, float]], index: int) -> int:
    word = heard[index][0]
    before, after = heard.get(index - 1), heard.get(index + 1)
    close = planning.LONGEST_GAP_FRAMES
    return int(before is not None and word.start - before[0].end < close) + int(
        after is not None and after[0].start - word.end < close
    )


def _unaligned(section: Section, failure: Failure) -> str:
    begin, end = results.seconds(section.first_frame), results.seconds(section.last_frame)
    return f"Nothing was aligned between {begin:.0f} and {end:.0f} seconds: {failure.reason}."
