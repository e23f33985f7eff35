"""The synthetic corpus: synthesised recordings with exact word times, and degradations of sound and transcript.

The texts are those of samples/recordings.toml, the voices those of samples/make.py (festival and flite must be
installed). All randomness is seeded: the same machine makes the same corpus.
"""

from __future__ import annotations

import importlib.util
import random
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

SAMPLES = Path(__file__).parents[1] / "samples"
RATE = 16_000
LONG = ("however", "simply", "window", "careful", "nineteen", "bottle", "whether", "orange", "against", "mountain")
SHORT = ("own", "eye", "that", "so", "you", "are", "in", "now", "two", "there")
INSERTED = (*LONG, *SHORT)

VOICES = ("slt", "kal", "rms", "ked", "awb")

Sound = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Unit:
    """A word of the transcript. Without times it was not spoken."""

    text: str
    start: float | None
    end: float | None
    sentence: int
    after: str = " "


@dataclass(frozen=True, slots=True)
class Item:
    condition: str
    voice: str
    sound: Sound
    units: tuple[Unit, ...]

    @property
    def transcript(self) -> str:
        return "".join(unit.text + unit.after for unit in self.units).rstrip()

    @property
    def seconds(self) -> float:
        return len(self.sound) / RATE

    def spans(self) -> Iterator[tuple[int, int, Unit]]:
        """The units with their offsets in the transcript."""
        position = 0
        for unit in self.units:
            yield position, position + len(unit.text), unit
            position += len(unit.text) + len(unit.after)

    def write(self, path: Path) -> None:
        """Write raw samples, attenuated if they would clip."""
        loudest = max(1.0, float(np.abs(self.sound).max()) / 32_000)
        path.write_bytes((self.sound / loudest).astype("<i2").tobytes())


def synthesis() -> ModuleType:
    """samples/make.py, which is a script and not in a package."""
    spec = importlib.util.spec_from_file_location("samples_make", SAMPLES / "make.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def items(voices: Sequence[str], conditions: Mapping[str, Degradation]) -> Iterator[Item]:
    for voice in voices:
        for condition, degradation in conditions.items():
            yield replace(degradation(spoken(voice), random.Random(f"{voice} {condition}")), condition=condition)


@lru_cache(maxsize=1)
def spoken(voice: str, text: str | None = None) -> Item:
    """A text, or all texts of the samples, in one recording."""
    make, pauses = synthesis(), random.Random(voice)
    texts = [text] if text else [recording["text"] for recording in _samples()]
    sentences = [sentence for each in texts for paragraph in make.parse_text(each) for sentence in paragraph]
    sound, units, seconds = [np.zeros(RATE // 2, np.float32)], [], 0.5
    with tempfile.TemporaryDirectory() as scratch:
        for number, sentence in enumerate(sentences):
            samples, spans = make.speak(voice, sentence, Path(scratch))
            units += _units(sentence, spans, seconds, number)
            gap = np.zeros(int(pauses.uniform(0.25, 0.9) * RATE), np.float32)
            sound += [samples.astype(np.float32), gap]
            seconds += (len(samples) + len(gap)) / RATE
    dither = np.random.default_rng(1).normal(0, 4, sum(map(len, sound)))
    return Item("clean", voice, (np.concatenate(sound) + dither).astype(np.float32), tuple(units))


def _samples() -> list[dict[str, str]]:
    return list(tomllib.loads((SAMPLES / "recordings.toml").read_text(encoding="utf-8"))["recording"])


def _units(sentence: object, spans: list[tuple[float, float]], begin: float, number: int) -> Iterator[Unit]:
    text, units = sentence.text, sentence.units  # type: ignore[attr-defined]
    for index, (unit, (start, end)) in enumerate(zip(units, spans, strict=True)):
        following = units[index + 1].offset if index + 1 < len(units) else len(text)
        after = text[unit.offset + len(unit.shown) : following]
        yield Unit(unit.shown, begin + start, begin + end, number, after if index + 1 < len(units) else after + " ")


Degradation = Callable[[Item, random.Random], Item]


def joined(pieces: Sequence[Item]) -> Item:
    """Concatenated to one recording with one transcript."""
    units: list[Unit] = []
    seconds, sentences = 0.0, 0
    for piece in pieces:
        units += [_moved(unit, by=seconds, sentence=sentences + unit.sentence) for unit in piece.units]
        seconds += piece.seconds
        sentences += piece.units[-1].sentence + 1
    return Item("joined", pieces[0].voice, np.concatenate([piece.sound for piece in pieces]), tuple(units))


def shuffled(item: Item, chance: random.Random) -> Item:
    """Its sentences in another order, which makes another text of the same length."""
    sentences = [list(units) for _, units in groupby(item.units, key=attrgetter("sentence"))]
    begins = [0.0, *(units[0].start - 0.1 for units in sentences[1:]), item.seconds]
    sound: list[Sound] = []
    moved: list[Unit] = []
    samples = 0
    for number in chance.sample(range(len(sentences)), len(sentences)):
        begin, end = int(begins[number] * RATE), int(begins[number + 1] * RATE)
        by = (samples - begin) / RATE
        sound.append(item.sound[begin:end])
        moved += [_moved(unit, by=by, sentence=len(sound) - 1) for unit in sentences[number]]
        samples += end - begin
    return replace(item, sound=np.concatenate(sound), units=tuple(moved))


def at_speed(item: Item, speed: float) -> Item:
    """Played faster or slower, which also makes the voice higher or lower."""
    samples = int(len(item.sound) / speed)
    sound = np.interp(np.arange(samples) * speed, np.arange(len(item.sound)), item.sound).astype(np.float32)
    units = tuple(
        unit if unit.start is None else replace(unit, start=unit.start / speed, end=unit.end / speed)
        for unit in item.units
    )
    return replace(item, sound=sound, units=units)


def _moved(unit: Unit, *, by: float, sentence: int) -> Unit:
    if unit.start is None or unit.end is None:
        return replace(unit, sentence=sentence)
    return replace(unit, start=unit.start + by, end=unit.end + by, sentence=sentence)


# --- degradations of the sound ---


def noisy(item: Item, chance: random.Random, *, decibels: float = 10) -> Item:
    return _mixed(item, np.random.default_rng(chance.randrange(10**6)).normal(0, 1, len(item.sound)), decibels)


def music(item: Item, chance: random.Random, *, decibels: float = 10) -> Item:
    """With mains hum."""
    time = np.arange(len(item.sound)) / RATE
    return _mixed(item, 0.3 * np.sin(2 * np.pi * 50 * time) + _chords(len(item.sound), chance), decibels)


def _chords(samples: int, chance: random.Random, *, fading: float = 1.5) -> NDArray[np.float64]:
    """Chords that are struck and fade."""
    sound = np.zeros(samples)
    begin = 0
    while begin < len(sound):
        length = int(chance.uniform(0.5, 1.5) * RATE)
        local = np.arange(min(length, len(sound) - begin)) / RATE
        root = 110 * 2 ** (chance.randrange(12) / 12)
        for step in (0, 3, 7, 10):
            for harmonic in (1, 2, 3):
                wave = np.sin(2 * np.pi * root * 2 ** (step / 12) * harmonic * local)
                sound[begin : begin + len(local)] += wave * np.exp(-fading * local) / harmonic
        begin += length
    return sound


def jingles(item: Item, chance: random.Random) -> Item:
    """Music as loud as the speech: before it, after it, and in two places between sentences."""
    last = item.units[-1].sentence
    breaks = {0, last + 1, *chance.sample(range(1, last + 1), 2)}
    loud = float(np.sqrt((item.sound[np.abs(item.sound) > 200] ** 2).mean()))
    sound: list[Sound] = []
    units: list[Unit] = []
    position = moved = 0
    for number in range(last + 2):
        own = [unit for unit in item.units if unit.sentence == number]
        if number in breaks:
            begin = int((own[0].start - 0.1) * RATE) if own else len(item.sound)
            played = _chords(int(chance.uniform(5, 20) * RATE), chance, fading=chance.choice((0.2, 1.5)))
            sound += [item.sound[position:begin], (played * loud / played.std()).astype(np.float32)]
            position, moved = begin, moved + len(played)
        units += [_moved(unit, by=moved / RATE, sentence=number) for unit in own]
    return replace(item, sound=np.concatenate([*sound, item.sound[position:]]), units=tuple(units))


def telephone(item: Item, chance: random.Random) -> Item:
    """300 to 3,400 Hz, quantised to 8-bit mu-law."""
    spectrum = np.fft.rfft(item.sound)
    hertz = np.fft.rfftfreq(len(item.sound), 1 / RATE)
    spectrum[(hertz < 300) | (hertz > 3_400)] = 0
    narrow = np.clip(np.fft.irfft(spectrum, len(item.sound)) / 32_768, -1, 1)
    squeezed = np.round(np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log(256) * 127) / 127
    return replace(item, sound=(np.sign(squeezed) * (256 ** np.abs(squeezed) - 1) / 255 * 32_768).astype(np.float32))


def room(item: Item, chance: random.Random) -> Item:
    """Half a second of reverberation, as in a bare room, and quiet hiss."""
    generator = np.random.default_rng(chance.randrange(10**6))
    echo = generator.normal(0, 1, RATE // 2) * np.exp(-np.arange(RATE // 2) / RATE * 6.9 / 0.4)
    echo[: RATE // 200] = 0  # the walls are not at the microphone
    echo *= 0.5 / np.sqrt((echo**2).sum())
    echo[0] = 1.0
    size = len(item.sound) + len(echo)
    reverberant = np.fft.irfft(np.fft.rfft(item.sound, size) * np.fft.rfft(echo, size), size)[: len(item.sound)]
    return _mixed(replace(item, sound=reverberant.astype(np.float32)), generator.normal(0, 1, len(reverberant)), 35)


def gated(item: Item, chance: random.Random) -> Item:
    """Digital silence wherever it is quiet for a tenth of a second, as call recorders and audio editors produce it."""
    hold = RATE // 10
    loud = np.abs(item.sound) > 80
    near = np.convolve(loud, np.ones(hold), mode="same") > 0.5
    return replace(item, sound=np.where(near, item.sound, 0).astype(np.float32))


def _mixed(item: Item, other: NDArray[np.float64], decibels: float) -> Item:
    speech = float((item.sound[np.abs(item.sound) > 200] ** 2).mean())
    scaled = other * np.sqrt(speech / 10 ** (decibels / 10)) / other.std()
    return replace(item, sound=(item.sound + scaled).astype(np.float32))


# --- differences between transcript and speech ---


def words_missing(item: Item, chance: random.Random, *, share: float = 0.1) -> Item:
    return replace(item, units=tuple(unit for unit in item.units if chance.random() >= share))


def words_inserted(item: Item, chance: random.Random, *, share: float = 0.1) -> Item:
    units: list[Unit] = []
    for unit in item.units:
        units.append(unit)
        if chance.random() < share:
            units.append(Unit(chance.choice(INSERTED), None, None, unit.sentence))
    return replace(item, units=tuple(units))


def words_misread(item: Item, chance: random.Random, *, share: float = 0.1) -> Item:
    """The transcript has other words in their place."""
    words = sorted({unit.text for unit in item.units if unit.text.isalpha()})

    def read(unit: Unit) -> Unit:
        wrong = unit.text.isalpha() and chance.random() < share
        return Unit(chance.choice(words), None, None, unit.sentence, unit.after) if wrong else unit

    return replace(item, units=tuple(map(read, item.units)))


def sentences_unwritten(item: Item, chance: random.Random) -> Item:
    gone = set(chance.sample(range(2, item.units[-1].sentence), 4))
    return replace(item, units=tuple(unit for unit in item.units if unit.sentence not in gone))


def sentences_unspoken(item: Item, chance: random.Random) -> Item:
    """Cut out of the sound, so that everything after them comes earlier."""
    sound, units, moved = [], [], 0.0
    gone = set(chance.sample(range(2, item.units[-1].sentence), 4))
    position = 0
    for number in range(item.units[-1].sentence + 1):
        own = [unit for unit in item.units if unit.sentence == number]
        if number not in gone:
            units += [replace(unit, start=unit.start - moved, end=unit.end - moved) for unit in own]
            continue
        begin, end = int(own[0].start * RATE), int(own[-1].end * RATE)
        sound.append(item.sound[position:begin])
        position, moved = end, moved + (end - begin) / RATE
        units += [replace(unit, start=None, end=None) for unit in own]
    return replace(item, sound=np.concatenate([*sound, item.sound[position:]]), units=tuple(units))


def all_at_once(item: Item, chance: random.Random) -> Item:
    for degradation in (sentences_unspoken, sentences_unwritten):
        item = degradation(item, chance)
    item = words_missing(item, chance, share=0.05)
    item = words_inserted(item, chance, share=0.05)
    return noisy(item, chance, decibels=15)


def another_transcript(item: Item, chance: random.Random) -> Item:
    """A transcript of the same length of which nothing was spoken."""
    vocabulary = sorted({unit.text for unit in item.units})
    return replace(item, units=tuple(Unit(chance.choice(vocabulary), None, None, u.sentence) for u in item.units))


CONDITIONS: dict[str, Degradation] = {
    "clean": lambda item, chance: item,
    "telephone": telephone,
    "room": room,
    "music at 10 dB": music,
    "white noise at 10 dB": noisy,
    "music before and between": jingles,
    "10% of words missing": words_missing,
    "10% inserted": words_inserted,
    "10% misread": words_misread,
    "sentences unwritten": sentences_unwritten,
    "sentences unspoken": sentences_unspoken,
    "all at once at 15 dB": all_at_once,
    "another transcript": another_transcript,
}
