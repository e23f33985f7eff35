"""Refine the edges of words: the times at which they begin and end.

The acoustic model recognises phones by their middles, and its edges are biased: a vowel that fades into a pause ends
too early, the closure of a stop counts as part of the pause before it, and noise hides soft edges. A small network
sees the loudness and the spectrum around each edge, the phones on either side with their durations, and the noise, and
predicts by how many frames the edge is off. docs/accuracy.md tells what it was trained on and what it gains; `make
learn-edges` trains it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from syncline.speech.pocketsphinx import features
from syncline.speech.pocketsphinx.acoustic_model import shared_model
from syncline.speech.pocketsphinx.features import Floats
from syncline.speech.pocketsphinx.hypotheses import AlignedSection, Section, WordHypothesis

NETWORK_PATH = Path(__file__).with_name("edge_refinement.npz")
LARGEST_SHIFT = 25  # frames
NEAR, FAR, FAR_STEP = 12, 40, 4  # frames on either side that the network sees, finely and coarsely
MARGIN = FAR + 5
LONGEST_DURATION = 60  # frames; the network does not tell longer phones and pauses apart
BANDS = ((0, 4), (4, 9), (9, 15), (15, 25))  # mel filters: voicing, vowels, consonants, sibilants
PAUSE = 0
# Frames by which the edges of words in other languages are still too early after the network: the medians of the
# training texts and voices (`make learn-languages ARGS=--edges`).
CROSS_LINGUAL_SHIFT, CROSS_LINGUAL_SHIFT_AFTER_PAUSE = 0.35, 0.7
_PHONE_CLASSES = {
    "vowel": "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW",
    "nasal": "M N NG",
    "glide": "L R W Y",
    "voiced stop": "B D G JH",
    "stop": "P T K CH",
    "voiced fricative": "V DH Z ZH",
    "fricative": "F TH S SH HH",
}
CLASSES = 1 + len(_PHONE_CLASSES)


@dataclass(frozen=True, slots=True)
class Edge:
    frame: int
    left: int  # phone class
    right: int
    left_frames: int  # duration of the phone or pause on that side
    right_frames: int


@dataclass(frozen=True, slots=True)
class Network:
    """One hidden layer. The names are those of the arrays in the file."""

    mean: Floats
    scale: Floats
    inner: Floats
    inner_bias: Floats
    outer: Floats
    outer_bias: Floats

    def shifts(self, inputs: Floats) -> Floats:
        """Frames to move each edge by."""
        hidden = np.tanh((inputs - self.mean) / self.scale @ self.inner + self.inner_bias)
        shifts: Floats = np.clip(hidden @ self.outer + self.outer_bias, -LARGEST_SHIFT, LARGEST_SHIFT)
        return shifts


def refine_edges(section: Section, aligned: AlignedSection) -> AlignedSection:
    if not aligned.words:
        return aligned
    starts, ends = edges_of(aligned.words)
    edges = [*starts, *ends]
    shifts = shared_network().shifts(network_inputs(section, edges, noise=aligned.noise)).tolist()
    if aligned.cross_lingual:
        shifts = [shift + _cross_lingual_shift(edge) for shift, edge in zip(shifts, edges, strict=True)]
    shifted = zip(aligned.words, shifts[: len(starts)], shifts[len(starts) :], strict=True)
    words = tuple(replace(word, start_shift=start, end_shift=end) for word, start, end in shifted)
    return replace(aligned, words=words)


def _cross_lingual_shift(edge: Edge) -> float:
    if edge.right == PAUSE:
        return 0.0
    return CROSS_LINGUAL_SHIFT_AFTER_PAUSE if edge.left == PAUSE else CROSS_LINGUAL_SHIFT


def edges_of(words: Sequence[WordHypothesis]) -> tuple[list[Edge], list[Edge]]:
    """Where each word starts, and where each ends. Two words without a pause between them share an edge."""
    classes = phone_classes()
    starts: list[Edge] = []
    ends: list[Edge] = []
    for before, word, after in zip([None, *words], words, [*words[1:], None], strict=False):
        first, last = word.phones[0], word.phones[-1]
        pause = word.start - before.end if before else MARGIN + LONGEST_DURATION
        if before and pause == 0:
            starts.append(ends[-1])
        else:
            starts.append(Edge(word.start, PAUSE, classes[first.phone], pause, first.frames))
        pause = after.start - word.end if after else MARGIN + LONGEST_DURATION
        if after and pause == 0:
            onset = after.phones[0]
            ends.append(Edge(word.end, classes[last.phone], classes[onset.phone], last.frames, onset.frames))
        else:
            ends.append(Edge(word.end, classes[last.phone], PAUSE, last.frames, pause))
    return starts, ends


def network_inputs(section: Section, edges: Sequence[Edge], *, noise: float) -> Floats:
    decibels, first_frame = _decibels_around(section, edges)
    frames = np.array([edge.frame for edge in edges]) - first_frame
    loudness = decibels.mean(axis=1)
    bands = np.stack([decibels[:, low:high].mean(axis=1) for low, high in BANDS], axis=1)
    near, far = frames[:, None] + np.arange(-NEAR, NEAR), frames[:, None] + np.arange(-FAR, FAR)
    around = loudness[far]
    mean = around.mean(axis=1, keepdims=True)
    fine = bands[near]
    coarse = around.reshape(len(edges), -1, FAR_STEP).mean(axis=2)
    parts = [
        _phone_inputs(edges),
        np.full((len(edges), 1), noise),
        np.ptp(around, axis=1)[:, None] / 10,
        ((fine - fine.mean(axis=1, keepdims=True)) / 10).reshape(len(edges), -1),
        (fine.mean(axis=1) - mean) / 10,
        (coarse - mean) / 10,
        _spectral_change(decibels)[near] / 10,
    ]
    return np.concatenate(parts, axis=1).astype(np.float32)


def _decibels_around(section: Section, edges: Sequence[Edge]) -> tuple[Floats, int]:
    """Returns decibels, (frame, filter), from a margin before the first edge to one after the last; the first frame."""
    first, last = min(edge.frame for edge in edges) - MARGIN, max(edge.frame for edge in edges) + MARGIN
    begin, end = max(0, first), min(last, features.frame_count(section.samples))
    samples = features.read_samples(section.path, section.samples, begin, end)
    decibels = 10 * np.log10(features.mel_spectrum(samples) + np.float32(1.0))
    return np.pad(decibels, ((begin - first, last - begin - len(decibels)), (0, 0)), mode="edge"), first


def _phone_inputs(edges: Sequence[Edge]) -> Floats:
    """Classes and durations on either side."""
    classes = np.zeros((len(edges), 2 * CLASSES), np.float32)
    rows = np.arange(len(edges))
    classes[rows, [edge.left for edge in edges]] = 1
    classes[rows, [CLASSES + edge.right for edge in edges]] = 1
    durations = np.array([(edge.left_frames, edge.right_frames) for edge in edges], np.float32)
    return np.concatenate([classes, np.log(np.clip(durations, 1, LONGEST_DURATION))], axis=1)


def _spectral_change(decibels: Floats) -> Floats:
    """From the two frames before each frame to the two after it."""
    change = np.zeros(len(decibels), np.float32)
    after, before = decibels[2:-1] + decibels[3:], decibels[1:-2] + decibels[:-3]
    change[2:-1] = np.abs(after - before).mean(axis=1)
    return change


@lru_cache(maxsize=1)
def phone_classes() -> list[int]:
    """By phone of the model; silence and noises count as pauses."""
    class_of = {phone: number for number, phones in enumerate(_PHONE_CLASSES.values(), 1) for phone in phones.split()}
    return [class_of.get(name, PAUSE) for name in shared_model().definition.phones]


@lru_cache(maxsize=1)
def shared_network() -> Network:
    with np.load(NETWORK_PATH) as stored:
        return Network(**{name: stored[name].astype(np.float32) for name in Network.__slots__})
