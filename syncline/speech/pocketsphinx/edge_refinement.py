"""Where words begin and end, closer than the tracker can tell.

The acoustic model knows sounds by their middles. Its borders have habits: a vowel that fades before a pause ends too
early, a stop's silence is taken for the pause before it, and noise buries soft edges. So a small network looks at the
loudness and the spectrum around each border, at the sounds beside it and at the noise, and says by how much it lies
off. docs/accuracy.md says on what it was learnt and what it gains; `make learn-edges` learns it anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from syncline.speech.pocketsphinx import features
from syncline.speech.pocketsphinx.acoustic_model import shared_model
from syncline.speech.pocketsphinx.decoding import Heard, HeardWord, Section, read_samples
from syncline.speech.pocketsphinx.features import Floats

NETWORK_PATH = Path(__file__).with_name("edge_refinement.npz")
MOST_SHIFT = 25  # frames
NEAR, FAR, FAR_STEP = 12, 40, 4  # frames looked at on either side, closely and coarsely
MARGIN = FAR + 5
LONGEST_SOUND = 60  # frames; more says no more
BANDS = ((0, 4), (4, 9), (9, 15), (15, 25))  # mel filters: voice, vowels, consonants, hiss
PAUSE = 0
_SOUND_KINDS = {
    "vowel": "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW",
    "nasal": "M N NG",
    "glide": "L R W Y",
    "voiced stop": "B D G JH",
    "stop": "P T K CH",
    "voiced fricative": "V DH Z ZH",
    "fricative": "F TH S SH HH",
}
KINDS = 1 + len(_SOUND_KINDS)

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Border:
    frame: int
    left: int  # kinds of sounds
    right: int
    left_frames: int  # how long these last
    right_frames: int


@dataclass(frozen=True, slots=True)
class Network:
    mean: Floats
    scale: Floats
    inner: Floats
    inner_bias: Floats
    outer: Floats
    outer_bias: Floats

    def shifts(self, seen: Floats) -> Floats:
        """-> frames, by border."""
        hidden = np.tanh((seen - self.mean) / self.scale @ self.inner + self.inner_bias)
        shifts: Floats = np.clip(hidden @ self.outer + self.outer_bias, -MOST_SHIFT, MOST_SHIFT)
        return shifts


def sharpen(section: Section, heard: Heard) -> Heard:
    """The same words, each told by how much its ends lie off."""
    if not heard.words:
        return heard
    starts, ends = borders(heard.words)
    seen = look(section, [*starts, *ends], noise=heard.noise)
    shifts = shared_network().shifts(seen).tolist()
    moved = zip(heard.words, shifts[: len(starts)], shifts[len(starts) :], strict=True)
    return replace(heard, words=tuple(replace(word, start_shift=start, end_shift=end) for word, start, end in moved))


def borders(words: Sequence[HeardWord]) -> tuple[list[Border], list[Border]]:
    """-> where each word starts, where each ends. Of two words without a pause between, these are the same."""
    kinds = _kinds()
    starts: list[Border] = []
    ends: list[Border] = []
    for before, word, after in zip([None, *words], words, [*words[1:], None], strict=False):
        first, last = word.sounds[0], word.sounds[-1]
        pause = word.start - before.end if before else MARGIN + LONGEST_SOUND
        if before and pause == 0:
            starts.append(ends[-1])
        else:
            starts.append(Border(word.start, PAUSE, kinds[first.sound], pause, first.frames))
        pause = after.start - word.end if after else MARGIN + LONGEST_SOUND
        if after and pause == 0:
            onset = after.sounds[0]
            ends.append(Border(word.end, kinds[last.sound], kinds[onset.sound], last.frames, onset.frames))
        else:
            ends.append(Border(word.end, kinds[last.sound], PAUSE, last.frames, pause))
    return starts, ends


def look(section: Section, at: Sequence[Border], *, noise: float) -> Floats:
    """What the network is given of each border."""
    decibels, first_frame = _listen(section, at)
    frames = np.array([border.frame for border in at]) - first_frame
    loudness = decibels.mean(axis=1)
    bands = np.stack([decibels[:, low:high].mean(axis=1) for low, high in BANDS], axis=1)
    near, far = frames[:, None] + np.arange(-NEAR, NEAR), frames[:, None] + np.arange(-FAR, FAR)
    around = loudness[far]
    usual = around.mean(axis=1, keepdims=True)
    shape = bands[near]
    coarse = around.reshape(len(at), -1, FAR_STEP).mean(axis=2)
    parts = [
        _context(at),
        np.full((len(at), 1), noise),
        np.ptp(around, axis=1)[:, None] / 10,
        ((shape - shape.mean(axis=1, keepdims=True)) / 10).reshape(len(at), -1),
        (shape.mean(axis=1) - usual) / 10,
        (coarse - usual) / 10,
        _change(decibels)[near] / 10,
    ]
    return np.concatenate(parts, axis=1).astype(np.float32)


def _listen(section: Section, at: Sequence[Border]) -> tuple[Floats, int]:
    """-> decibels (frame, filter) around all the borders, and which frame the first of them is."""
    first, last = min(border.frame for border in at) - MARGIN, max(border.frame for border in at) + MARGIN
    begin, end = max(0, first), min(last, features.frame_count(section.samples))
    samples = read_samples(section.path, section.samples, begin, end)
    decibels = 10 * np.log10(features.mel_spectrum(samples) + np.float32(1.0))
    return np.pad(decibels, ((begin - first, last - begin - len(decibels)), (0, 0)), mode="edge"), first


def _context(at: Sequence[Border]) -> Floats:
    """The sounds on either side, and how long they last."""
    kinds = np.zeros((len(at), 2 * KINDS), np.float32)
    rows = np.arange(len(at))
    kinds[rows, [border.left for border in at]] = 1
    kinds[rows, [KINDS + border.right for border in at]] = 1
    lengths = np.array([(border.left_frames, border.right_frames) for border in at], np.float32)
    return np.concatenate([kinds, np.log(np.clip(lengths, 1, LONGEST_SOUND))], axis=1)


def _change(decibels: Floats) -> Floats:
    """How much the spectrum changes from the two frames before to the two after."""
    change = np.zeros(len(decibels), np.float32)
    after, before = decibels[2:-1] + decibels[3:], decibels[1:-2] + decibels[:-3]
    change[2:-1] = np.abs(after - before).mean(axis=1)
    return change


@lru_cache(maxsize=1)
def _kinds() -> list[int]:
    """By sound of the model."""
    kind_of = {sound: kind for kind, sounds in enumerate(_SOUND_KINDS.values(), 1) for sound in sounds.split()}
    return [kind_of.get(name, PAUSE) for name in shared_model().topology.sounds]


@lru_cache(maxsize=1)
def shared_network() -> Network:
    with np.load(NETWORK_PATH) as stored:
        return Network(**{name: stored[name].astype(np.float32) for name in Network.__slots__})
