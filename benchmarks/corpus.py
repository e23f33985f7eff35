"""Recordings with exactly known word times, and what life does to recordings and transcripts.

The texts are those of samples/recordings.toml, the voices those of samples/make.py (festival and flite must be
installed). Everything random is seeded: the same machine makes the same corpus.
"""

from __future__ import annotations

import importlib.util
import random
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

SAMPLES = Path(__file__).parents[1] / "samples"
RATE = 16_000
INSERTED = [
    "however",
    "simply",
    "window",
    "careful",
    "nineteen",
    "bottle",
    "whether",
    "orange",
    "against",
    "perhaps",
    "mountain",
    "tomorrow",
]

Sound = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Unit:
    """A word of the transcript; without times it was never spoken."""

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


def maker() -> ModuleType:
    """samples/make.py: a script, not a module of this package."""
    spec = importlib.util.spec_from_file_location("samples_make", SAMPLES / "make.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def items(voices: list[str]) -> Iterator[Item]:
    for voice in voices:
        clean = spoken(voice)
        for condition, change in CONDITIONS.items():
            yield replace(change(clean, random.Random(f"{voice} {condition}")), condition=condition)


def spoken(voice: str) -> Item:
    """Every text of the samples, one sentence after the other."""
    make, pauses = maker(), random.Random(voice)
    texts = tomllib.loads((SAMPLES / "recordings.toml").read_text(encoding="utf-8"))["recording"]
    sentences = [s for text in texts for paragraph in make.parse_text(text["text"]) for s in paragraph]
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


def _units(sentence: object, spans: list[tuple[float, float]], begin: float, number: int) -> Iterator[Unit]:
    text, units = sentence.text, sentence.units  # type: ignore[attr-defined]
    for index, (unit, (start, end)) in enumerate(zip(units, spans, strict=True)):
        following = units[index + 1].offset if index + 1 < len(units) else len(text)
        after = text[unit.offset + len(unit.shown) : following]
        yield Unit(unit.shown, begin + start, begin + end, number, after if index + 1 < len(units) else after + " ")


# --- what happens to the sound ---


def noisy(item: Item, chance: random.Random, *, decibels: float = 10) -> Item:
    return _mixed(item, np.random.default_rng(chance.randrange(10**6)).normal(0, 1, len(item.sound)), decibels)


def music(item: Item, chance: random.Random, *, decibels: float = 10) -> Item:
    """Chords that are struck and die away, over mains hum."""
    time = np.arange(len(item.sound)) / RATE
    sound = 0.3 * np.sin(2 * np.pi * 50 * time)
    begin = 0
    while begin < len(sound):
        length = int(chance.uniform(0.5, 1.5) * RATE)
        local = np.arange(min(length, len(sound) - begin)) / RATE
        root = 110 * 2 ** (chance.randrange(12) / 12)
        for step in (0, 3, 7, 10):
            for harmonic in (1, 2, 3):
                wave = np.sin(2 * np.pi * root * 2 ** (step / 12) * harmonic * local)
                sound[begin : begin + len(local)] += wave * np.exp(-1.5 * local) / harmonic
        begin += length
    return _mixed(item, sound, decibels)


def telephone(item: Item, chance: random.Random) -> Item:
    """300 to 3,400 Hz, with the steps of 8-bit mu-law."""
    spectrum = np.fft.rfft(item.sound)
    hertz = np.fft.rfftfreq(len(item.sound), 1 / RATE)
    spectrum[(hertz < 300) | (hertz > 3_400)] = 0
    narrow = np.clip(np.fft.irfft(spectrum, len(item.sound)) / 32_768, -1, 1)
    squeezed = np.round(np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log(256) * 127) / 127
    return replace(item, sound=(np.sign(squeezed) * (256 ** np.abs(squeezed) - 1) / 255 * 32_768).astype(np.float32))


def _mixed(item: Item, other: NDArray[np.float64], decibels: float) -> Item:
    speech = float((item.sound[np.abs(item.sound) > 200] ** 2).mean())
    scaled = other * np.sqrt(speech / 10 ** (decibels / 10)) / other.std()
    return replace(item, sound=(item.sound + scaled).astype(np.float32))


# --- what happens to the transcript ---


def words_missing(item: Item, chance: random.Random, *, share: float = 0.1) -> Item:
    return replace(item, units=tuple(unit for unit in item.units if chance.random() >= share))


def words_inserted(item: Item, chance: random.Random, *, share: float = 0.1) -> Item:
    units: list[Unit] = []
    for unit in item.units:
        units.append(unit)
        if chance.random() < share:
            units.append(Unit(chance.choice(INSERTED), None, None, unit.sentence))
    return replace(item, units=tuple(units))


def sentences_unwritten(item: Item, chance: random.Random) -> Item:
    gone = set(chance.sample(range(2, item.units[-1].sentence), 4))
    return replace(item, units=tuple(unit for unit in item.units if unit.sentence not in gone))


def sentences_unspoken(item: Item, chance: random.Random) -> Item:
    """Cut out of the sound; all that follows comes earlier."""
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
    for change in (sentences_unspoken, sentences_unwritten):
        item = change(item, chance)
    item = words_missing(item, chance, share=0.05)
    item = words_inserted(item, chance, share=0.05)
    return noisy(item, chance, decibels=15)


def another_transcript(item: Item, chance: random.Random) -> Item:
    """Sentences of the same length from nowhere: none of it was spoken."""
    vocabulary = sorted({unit.text for unit in item.units})
    return replace(item, units=tuple(Unit(chance.choice(vocabulary), None, None, u.sentence) for u in item.units))


CONDITIONS: dict[str, Callable[[Item, random.Random], Item]] = {
    "clean": lambda item, chance: item,
    "telephone": telephone,
    "music at 10 dB": music,
    "white noise at 10 dB": noisy,
    "10% of words missing": words_missing,
    "10% inserted": words_inserted,
    "sentences unwritten": sentences_unwritten,
    "sentences unspoken": sentences_unspoken,
    "all at once at 15 dB": all_at_once,
    "another transcript": another_transcript,
}
