"""One section of a recording against its part of the text: the unit of work that goes to a process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from syncline.speech.pocketsphinx import features
from syncline.speech.pocketsphinx.acoustic_model import shared_model
from syncline.speech.pocketsphinx.band_reconstruction import listen
from syncline.speech.pocketsphinx.decoding_graph import JUNK, MOST_FORMS, Form, Graph, build
from syncline.speech.pocketsphinx.features import HOP, Floats
from syncline.speech.pocketsphinx.viterbi import Costs, Tracker, runs
from syncline.speech.pocketsphinx.viterbi import Path as Track

LEAD_FRAMES = 300  # heard before a section, for the noise suppression to settle
CONTEXT_FRAMES = 1_500  # looked at around a short section to know its voice and channel
JUNK_IN_NOISE = 1.5  # further nats a frame of junk costs, per unit of noise: there even the right words fit badly
NOISE_OF_DEAD_BANDS = 2.0  # as much as this would, if all of them were, they make the right words fit badly
LONGEST_LAST_SOUND = 22  # frames; a longer one before a pause is looked at again
NEVER = 1e5  # nats
CLEAR_GAIN = 30.0  # nats
CLEAR_DROP, QUIET_SHARE = 15.0, 0.4  # of the first cepstrum, which follows loudness


@dataclass(frozen=True, slots=True)
class Section:
    path: Path  # raw samples
    samples: int
    first_frame: int
    last_frame: int
    first_word: int
    words: tuple[tuple[Form, ...], ...]
    anywhere: bool = False  # it may begin at any of the words
    strict: bool = False  # the words are believed to be here


@dataclass(frozen=True, slots=True)
class HeardSound:
    sound: int
    frames: int


@dataclass(frozen=True, slots=True)
class HeardWord:
    word: int
    start: int  # frames of the recording
    end: int
    form: int
    sounds: tuple[HeardSound, ...]
    fit: float  # mean over its frames: how much better it fits than anything else would
    worst_fit: float  # of its sounds
    insisted: bool = False  # at first, something else seemed to have been said
    gain: float = CLEAR_GAIN  # how much better it and its neighbours fit than they would without it (see doubts.py)
    start_shift: float = 0.0  # frames by which its ends lie off, as far as the sound around them tells
    end_shift: float = 0.0


@dataclass(frozen=True, slots=True)
class Heard:
    words: tuple[HeardWord, ...]
    junk: tuple[tuple[int, int], ...]  # stretches of something that is not in the text
    noise: float


@dataclass(frozen=True, slots=True)
class Sound:
    """What the acoustic model hears of a section."""

    first_frame: int
    cepstra: Floats
    noise: float

    def between(self, first_frame: int, last_frame: int) -> Sound:
        begin, end = first_frame - self.first_frame, last_frame - self.first_frame
        return Sound(first_frame, self.cepstra[begin:end], self.noise)

    def off_centre(self, speech: NDArray[np.bool_]) -> float:
        """How far its mean, which should be that of speech, lies off it."""
        off = self.cepstra[speech].mean(axis=0) - self.cepstra.mean(axis=0)
        return float(np.sqrt(((off / features.CLEAN_SPREAD) ** 2).mean()))

    def centred_on(self, speech: NDArray[np.bool_]) -> Sound:
        """As it would be heard if its frames of speech were all there is."""
        return replace(self, cepstra=self.cepstra - self.cepstra[speech].mean(axis=0))


def follow(section: Section, sound: Sound | None = None) -> Heard:
    model = shared_model()
    """`sound`: of the section, or of more than it."""
    sound = (sound or hear(section)).between(section.first_frame, section.last_frame)
    graph = build(model, section.words)
    costs = _costs(section, sound.noise)
    track = Tracker(model, graph, costs).track(features.with_slopes(sound.cepstra), anywhere=section.anywhere)
    return Heard(
        words=tuple(_words(section, graph, track, costs, loudness=sound.cepstra[:, 0])),
        junk=tuple(
            (section.first_frame + begin, section.first_frame + end)
            for senone, begin, end in runs(graph.senone[track.states])
            if senone == JUNK
        ),
        noise=sound.noise,
    )


def fit_of(words: Sequence[tuple[Form, ...]], sound: Sound) -> float:
    """Of these words and no others, over all frames: as the sum of HeardWord.fit times frames would be."""
    costs = Costs(skip=NEVER, junk=NEVER)
    graph = build(shared_model(), words)
    track = Tracker(shared_model(), graph, costs).track(features.with_slopes(sound.cepstra))
    return float((track.fit - costs.junk_frame).sum())


def _costs(section: Section, noise: float) -> Costs:
    costs = Costs()
    if section.strict:
        costs = replace(costs, skip=costs.skip * 2, junk=costs.junk * 2, junk_frame=costs.junk_frame + 1.0)
    return replace(costs, junk_frame=costs.junk_frame + JUNK_IN_NOISE * noise)


def hear(section: Section) -> Sound:
    missing = max(0, CONTEXT_FRAMES - (section.last_frame - section.first_frame))
    begin = max(0, section.first_frame - max(LEAD_FRAMES, missing))
    end = section.last_frame + missing // 2
    cepstra, dead = listen(read_samples(section.path, section.samples, begin, end))
    normal, noise = features.normalise(cepstra) if len(cepstra) else (cepstra, 0.0)
    sound = Sound(begin, normal, max(noise, dead * NOISE_OF_DEAD_BANDS))
    return sound.between(section.first_frame, section.last_frame)


def read_samples(path: Path, samples: int, first_frame: int, last_frame: int) -> NDArray[np.int16]:
    begin = first_frame * HOP
    end = min(samples, (last_frame - 1) * HOP + features.WINDOW)
    if end <= begin:
        return np.zeros(0, np.int16)
    with path.open("rb") as file:
        return np.fromfile(file, "<i2", end - begin, offset=begin * 2)


def _words(section: Section, graph: Graph, track: Track, costs: Costs, *, loudness: Floats) -> list[HeardWord]:
    speaking = graph.sound[track.states] >= 0
    forms = np.where(speaking, graph.word[track.states] * MOST_FORMS + graph.form[track.states], -1)
    heard: list[HeardWord] = []
    latest = -1
    for spoken, begin, end in runs(forms):
        word, form = divmod(spoken, MOST_FORMS)
        if spoken < 0 or word <= latest:  # the tracker may have had to choose a way before it was sure
            continue
        latest = word
        if end == len(speaking) or not speaking[end]:
            end = _without_silence(graph, track, begin, end, loudness)
        states = track.states[begin:end]
        sounds, fits = [], []
        for sound, first, last in runs(graph.sound[states]):
            sounds.append(HeardSound(graph.forms[word][form][sound], last - first))
            fits.append(float(track.fit[begin + first : begin + last].mean()) - costs.junk_frame)
        fit = float(track.fit[begin:end].mean()) - costs.junk_frame
        start = section.first_frame + begin
        heard.append(
            HeardWord(section.first_word + word, start, start + end - begin, form, tuple(sounds), fit, min(fits))
        )
    return heard


def _without_silence(graph: Graph, track: Track, begin: int, end: int, loudness: Floats) -> int:
    """Perfect silence is like nothing the model was trained on: it may take it for the end of a soft sound."""
    last = graph.sound[track.states[begin:end]]
    first = begin + int(np.flatnonzero(last == last[-1])[0])
    if end - first <= LONGEST_LAST_SOUND:
        return end
    heard = loudness[first:end]
    loudest = int(np.argmax(heard))
    quiet = heard[loudest:] < heard.min() + QUIET_SHARE * (heard.max() - heard.min())
    if heard.max() - heard.min() < CLEAR_DROP or not quiet.any():
        return end
    return max(first + loudest + int(np.argmax(quiet)), first + 3)
