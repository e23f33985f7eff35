"""Recognising words where there is no text, with the wheel's language model; and windows short enough to do so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from syncline.speech.pocketsphinx.acoustic_model import shared_model
from syncline.speech.pocketsphinx.decoding import Heard, Section, follow, read_samples
from syncline.speech.pocketsphinx.edge_refinement import sharpen
from syncline.speech.pocketsphinx.features import HOP, WINDOW
from syncline.speech.pocketsphinx.pronunciations import dictionary_path, model_folder

if TYPE_CHECKING:
    from pocketsphinx import Decoder

SHORTEST_WINDOW, LONGEST_WINDOW = 800, 2_000  # frames
SMOOTHED_FRAMES = 25


@dataclass(frozen=True, slots=True)
class Window:
    path: Path
    samples: int
    first_frame: int
    last_frame: int


@dataclass(frozen=True, slots=True)
class Recognised:
    texts: tuple[str, ...]
    heard: Heard  # words counted from the window's first


def recognise(window: Window) -> Recognised:
    """What was said, word for word, then aligned like any other text: for the same tight times, sounds and doubts."""
    decoder = _decoder()
    samples = read_samples(window.path, window.samples, window.first_frame, window.last_frame)
    if len(samples) < WINDOW:
        return Recognised((), Heard((), (), 0.0))
    decoder.start_utt()
    decoder.process_raw(samples.tobytes(), full_utt=True)
    decoder.end_utt()
    entries = [segment.word for segment in decoder.seg() or () if segment.word[0] not in "<[+"]
    sounds = {name: index for index, name in enumerate(shared_model().topology.sounds)}
    forms = tuple((tuple(sounds[sound] for sound in decoder.lookup_word(entry).split()),) for entry in entries)
    texts = tuple(re.sub(r"\(\d+\)$", "", entry) for entry in entries)
    section = Section(window.path, window.samples, window.first_frame, window.last_frame, 0, forms, strict=True)
    return Recognised(texts, sharpen(section, follow(section)) if forms else Heard((), (), 0.0))


@lru_cache(maxsize=1)
def _decoder() -> Decoder:
    from pocketsphinx import Decoder

    return Decoder(
        hmm=str(model_folder() / "en-us"),
        lm=str(model_folder() / "en-us.lm.bin"),
        dict=str(dictionary_path()),
        bestpath=False,
        loglevel="FATAL",
    )


def windows(path: Path, samples: int, first_frame: int, last_frame: int) -> Iterator[Window]:
    """The stretch cut at its quietest moments."""
    begin = first_frame
    while last_frame - begin > LONGEST_WINDOW:
        energy = _energy(path, samples, begin + SHORTEST_WINDOW, begin + LONGEST_WINDOW)
        cut = begin + SHORTEST_WINDOW + int(np.argmin(energy))
        yield Window(path, samples, begin, cut)
        begin = cut
    if last_frame > begin:
        yield Window(path, samples, begin, last_frame)


def _energy(path: Path, samples: int, first_frame: int, last_frame: int) -> NDArray[np.float64]:
    values = read_samples(path, samples, first_frame, last_frame).astype(np.float64)
    frames = values[: len(values) // HOP * HOP].reshape(-1, HOP)
    loudness = np.log10((frames**2).mean(axis=1) + 10.0)
    return np.convolve(np.pad(loudness, SMOOTHED_FRAMES // 2, mode="edge"), np.ones(SMOOTHED_FRAMES), "valid")
