"""Learns where words begin and end: `python -m scripts.training.learn_edges` (`make learn-edges`), some twenty minutes.

Aligns the corpus, clean and damaged, in all voices, and teaches a small network how far each border lies off (see
worker/engines/pocketsphinx/edges.py, beside which the result is stored). First it learns from all voices but one, and
says what that gains on the one left out.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray

from benchmarks.corpus import CONDITIONS, VOICES, Change, Item, at_speed, gated, items, music, noisy
from scripts.training.aligned_corpus import hear
from syncline.speech.pocketsphinx import edge_refinement as edges
from syncline.speech.pocketsphinx.confidence import judge
from syncline.speech.pocketsphinx.edge_refinement import MOST_SHIFT, NETWORK_PATH, PAUSE, Border, Network
from syncline.speech.pocketsphinx.engine import LEAST_CONFIDENCE
from syncline.speech.pocketsphinx.features import FRAMES_PER_SECOND
from syncline.speech.pocketsphinx.results import FRAME_OFFSET_SECONDS

Floats = NDArray[np.float32]

DAMAGE: dict[str, Change] = {
    **{name: CONDITIONS[name] for name in ("clean", "telephone", "room", "music at 10 dB", "white noise at 10 dB")},
    "music at 20 dB": partial(music, decibels=20),
    "white noise at 20 dB": partial(noisy, decibels=20),
    "noise gate": gated,
}
SPEEDS = (0.86, 0.93, 1.08, 1.16)


def _at_another_speed(item: Item, chance: random.Random, *, change: Change) -> Item:
    return change(at_speed(item, chance.choice(SPEEDS)), chance)


# Five voices are few: played faster and slower they are more.
AT_ANOTHER_SPEED = {f"{name}, another speed": partial(_at_another_speed, change=do) for name, do in DAMAGE.items()}

HIDDEN = 64
ROUNDS, BATCH, RATE_OF_LEARNING, STEADINESS = 40, 256, 2e-3, 5e-4
JITTER = 0.4  # noise on what is seen, in standard deviations: no network may learn its voices by heart
SOFTNESS = 0.3  # frames; a smaller error pulls less


@dataclass(frozen=True)
class Borders:
    """What was seen of each border, by how many frames it lies off, and whether there is a pause on one side."""

    voice: str
    condition: str
    seen: Floats
    off: Floats
    pause: NDArray[np.bool_]


def collect(voice: str) -> list[Borders]:
    with tempfile.TemporaryDirectory() as folder:
        return [_collected(item, Path(folder) / "audio.raw") for item in items([voice], {**DAMAGE, **AT_ANOTHER_SPEED})]


def _collected(item: Item, path: Path) -> Borders:
    hearing = hear(item, path)
    judged = judge([hearing.heard], words=len(hearing.text.forms))
    sure = {judgement.word.word for judgement in judged if judgement.confidence >= LEAST_CONFIDENCE}
    at: list[Border] = []
    off: list[float] = []
    words = hearing.heard.words
    for word, *ends in zip(words, *edges.borders(words), strict=True):
        for border, seconds in zip(ends, hearing.truth(word.word), strict=True):
            if word.word in sure and seconds is not None:
                at.append(border)
                off.append((seconds - FRAME_OFFSET_SECONDS) * FRAMES_PER_SECOND - border.frame)
    pause = np.array([PAUSE in (border.left, border.right) for border in at])
    seen = edges.look(hearing.section, at, noise=hearing.heard.noise)
    return Borders(item.voice, item.condition, seen, np.array(off, np.float32), pause)


def learn(parts: Sequence[Borders], *, seed: int = 0) -> Network:
    """Adam on the absolute error: a few borders lie off by anything, and must not matter more than the many."""
    chance = np.random.default_rng(seed)
    seen, off = np.concatenate([part.seen for part in parts]), np.concatenate([part.off for part in parts])
    wanted = np.clip(off, -MOST_SHIFT, MOST_SHIFT)
    mean, scale = seen.mean(axis=0), seen.std(axis=0) + np.float32(0.01)
    width = seen.shape[1]
    weights = [
        chance.normal(0, 1 / np.sqrt(width), (width, HIDDEN)).astype(np.float32),
        np.zeros(HIDDEN, np.float32),
        chance.normal(0, 0.1, HIDDEN).astype(np.float32),
        np.zeros(1, np.float32),
    ]
    slopes, sizes = [np.zeros_like(w) for w in weights], [np.zeros_like(w) for w in weights]
    for step, (batch, rate) in enumerate(_batches(len(seen), chance), start=1):
        given = (seen[batch] - mean) / scale + chance.normal(0, JITTER, (len(batch), width)).astype(np.float32)
        for place, slope in enumerate(_slopes(weights, given, wanted[batch])):
            slopes[place] += 0.1 * (slope - slopes[place])
            sizes[place] += 0.001 * (slope**2 - sizes[place])
            ahead = slopes[place] / (1 - 0.9**step)
            weights[place] -= rate * ahead / (np.sqrt(sizes[place] / (1 - 0.999**step)) + 1e-8)
    return Network(mean, scale, *weights)


def _batches(count: int, chance: np.random.Generator) -> Iterator[tuple[NDArray[np.int64], np.float32]]:
    for turn in range(ROUNDS):
        order = chance.permutation(count)
        for first in range(0, count, BATCH):
            yield order[first : first + BATCH], np.float32(RATE_OF_LEARNING * (1 - turn / ROUNDS))


def _slopes(weights: Sequence[Floats], given: Floats, wanted: Floats) -> list[Floats]:
    inner, inner_bias, outer, outer_bias = weights
    hidden = np.tanh(given @ inner + inner_bias)
    pull = np.clip((hidden @ outer + outer_bias - wanted) / SOFTNESS, -1, 1) / np.float32(len(wanted))
    back = np.outer(pull, outer) * (1 - hidden**2)
    return [given.T @ back + STEADINESS * inner, back.sum(axis=0), hidden.T @ pull, pull.sum(keepdims=True)]


def report(parts: Sequence[Borders]) -> None:
    """What is gained on a voice, learnt from all others; errors in milliseconds."""
    print(f"{'':40} {'found by the tracker':>24} {'as the network says':>24}")
    print(f"{'left out, condition':40}" + f" {'median':>8} {'mean':>7} {'<50 ms':>7}" * 2)
    networks = {voice: learn([part for part in parts if part.voice != voice]) for voice in {p.voice for p in parts}}
    for condition in DAMAGE:
        own = [part for part in parts if part.condition == condition]
        for kind in ("beside a pause", "between words"):
            picked = [part.pause == (kind == "beside a pause") for part in own]
            before = np.concatenate([part.off[rows] for part, rows in zip(own, picked, strict=True)])
            said = [networks[part.voice].shifts(part.seen[rows]) for part, rows in zip(own, picked, strict=True)]
            print(f"{condition + ', ' + kind:40}{_errors(before)}{_errors(before - np.concatenate(said))}", flush=True)


def _errors(frames: Floats) -> str:
    errors = np.abs(frames) * 1000 / FRAMES_PER_SECOND
    return f" {np.median(errors):8.1f} {errors.mean():7.1f} {100 * np.mean(errors <= 50):6.1f}%"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        parts = [part for found in pool.map(collect, VOICES) for part in found]
    print(f"{sum(len(part.off) for part in parts)} borders")
    report(parts)
    network = learn(parts)
    np.savez_compressed(NETWORK_PATH, **{name: getattr(network, name) for name in Network.__slots__})
    print(f"{NETWORK_PATH}: {NETWORK_PATH.stat().st_size} bytes")


if __name__ == "__main__":
    main()
