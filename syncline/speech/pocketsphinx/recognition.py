"""Recognise words without a transcript, with the language model in the PocketSphinx wheel."""

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
from syncline.speech.pocketsphinx.decoding import decode_section
from syncline.speech.pocketsphinx.edge_refinement import refine_edges
from syncline.speech.pocketsphinx.features import HOP, WINDOW, read_samples
from syncline.speech.pocketsphinx.hypotheses import AlignedSection, Section
from syncline.speech.pocketsphinx.model_files import acoustic_model_folder, dictionary_path, language_model_path

if TYPE_CHECKING:
    from pocketsphinx import Decoder

SHORTEST_WINDOW, LONGEST_WINDOW = 800, 2_000  # frames
SMOOTHED_FRAMES = 25


@dataclass(frozen=True, slots=True)
class Window:
    """The unit of work that a pool process recognises."""

    path: Path
    samples: int
    first_frame: int
    last_frame: int


@dataclass(frozen=True, slots=True)
class RecognisedWindow:
    texts: tuple[str, ...]
    aligned: AlignedSection  # its words are indices into texts


_NOTHING = RecognisedWindow((), AlignedSection((), (), 0.0))


def recognise(window: Window) -> RecognisedWindow:
    """Recognise the words, then align them like a transcript, which yields the same precise times and confidences."""
    decoder = _decoder()
    samples = read_samples(window.path, window.samples, window.first_frame, window.last_frame)
    if len(samples) < WINDOW:
        return _NOTHING
    decoder.start_utt()
    decoder.process_raw(samples.tobytes(), full_utt=True)
    decoder.end_utt()
    # Entries such as <s>, [NOISE] and +BREATH+ are not words.
    entries = [segment.word for segment in decoder.seg() or () if segment.word[0] not in "<[+"]
    if not entries:
        return _NOTHING
    phones = {name: index for index, name in enumerate(shared_model().definition.phones)}
    words = tuple((tuple(phones[name] for name in decoder.lookup_word(entry).split()),) for entry in entries)
    texts = tuple(re.sub(r"\(\d+\)$", "", entry) for entry in entries)  # "read(2)" is a pronunciation of "read"
    section = Section(window.path, window.samples, window.first_frame, window.last_frame, 0, words, strict=True)
    return RecognisedWindow(texts, refine_edges(section, decode_section(section)))


@lru_cache(maxsize=1)
def _decoder() -> Decoder:
    from pocketsphinx import Decoder

    return Decoder(
        hmm=str(acoustic_model_folder()),
        lm=str(language_model_path()),
        dict=str(dictionary_path()),
        bestpath=False,
        loglevel="FATAL",
    )


def cut_into_windows(path: Path, samples: int, first_frame: int, last_frame: int) -> Iterator[Window]:
    """Cut at the quietest moments."""
    begin = first_frame
    while last_frame - begin > LONGEST_WINDOW:
        energy = _log_energy(path, samples, begin + SHORTEST_WINDOW, begin + LONGEST_WINDOW)
        cut = begin + SHORTEST_WINDOW + int(np.argmin(energy))
        yield Window(path, samples, begin, cut)
        begin = cut
    if last_frame > begin:
        yield Window(path, samples, begin, last_frame)


def _log_energy(path: Path, samples: int, first_frame: int, last_frame: int) -> NDArray[np.float64]:
    """By frame, smoothed."""
    values = read_samples(path, samples, first_frame, last_frame).astype(np.float64)
    frames = values[: len(values) // HOP * HOP].reshape(-1, HOP)
    energy = np.log10((frames**2).mean(axis=1) + 10.0)
    return np.convolve(np.pad(energy, SMOOTHED_FRAMES // 2, mode="edge"), np.ones(SMOOTHED_FRAMES), "valid")
