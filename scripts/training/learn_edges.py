"""Train the network that refines word edges (syncline/speech/pocketsphinx/edge_refinement.py).

    python -m scripts.training.learn_edges        # make learn-edges

Aligns the synthetic corpus, clean and degraded, in all voices, and trains the network to predict by how many frames
each edge is off. Before it writes the network, it prints what the refinement gains for each voice when it is trained
on the other voices only.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray

from benchmarks import report
from benchmarks.corpus import CONDITIONS, VOICES, Degradation, Item, at_speed, gated, items, music, noisy
from scripts.training.aligned_corpus import align_item
from syncline.speech.pocketsphinx.confidence import score_confidence
from syncline.speech.pocketsphinx.edge_refinement import (
    LARGEST_SHIFT,
    NETWORK_PATH,
    PAUSE,
    Edge,
    Network,
    edges_of,
    network_inputs,
)
from syncline.speech.pocketsphinx.engine import LEAST_CONFIDENCE
from syncline.speech.pocketsphinx.features import FRAMES_PER_SECOND
from syncline.speech.pocketsphinx.results import FRAME_OFFSET_SECONDS

Floats = NDArray[np.float32]

DEGRADATIONS: dict[str, Degradation] = {
    **{name: CONDITIONS[name] for name in ("clean", "telephone", "room", "music at 10 dB", "white noise at 10 dB")},
    "music at 20 dB": partial(music, decibels=20),
    "white noise at 20 dB": partial(noisy, decibels=20),
    "noise gate": gated,
}
SPEEDS = (0.86, 0.93, 1.08, 1.16)


def _at_another_speed(item: Item, chance: random.Random, *, degradation: Degradation) -> Item:
    return degradation(at_speed(item, chance.choice(SPEEDS)), chance)


# Speed perturbation: five voices are few, and played faster or slower they sound like others.
AT_ANOTHER_SPEED = {
    f"{name}, another speed": partial(_at_another_speed, degradation=degradation)
    for name, degradation in DEGRADATIONS.items()
}

HIDDEN_UNITS = 64
EPOCHS, BATCH, LEARNING_RATE, WEIGHT_DECAY = 40, 256, 2e-3, 5e-4
INPUT_NOISE = 0.4  # standard deviations, against learning the voices by heart
SOFT_FRAMES = 0.3  # smaller errors have a smaller gradient


@dataclass(frozen=True)
class Examples:
    """The edges of an item: inputs of the network, errors in frames, and which of them lie beside a pause."""

    voice: str
    condition: str
    inputs: Floats
    errors: Floats
    beside_pause: NDArray[np.bool_]


def collect(voice: str) -> list[Examples]:
    with tempfile.TemporaryDirectory() as folder:
        conditions = {**DEGRADATIONS, **AT_ANOTHER_SPEED}
        return [_examples(item, Path(folder) / "audio.raw") for item in items([voice], conditions)]


def _examples(item: Item, path: Path) -> Examples:
    aligned_item = align_item(item, path)
    scored = score_confidence([aligned_item.aligned], words=len(aligned_item.transcript.words))
    credible = {each.word.word for each in scored if each.confidence >= LEAST_CONFIDENCE}
    edges: list[Edge] = []
    errors: list[float] = []
    words = aligned_item.aligned.words
    for word, *word_edges in zip(words, *edges_of(words), strict=True):
        for edge, seconds in zip(word_edges, aligned_item.true_times(word.word), strict=True):
            if word.word in credible and seconds is not None:
                edges.append(edge)
                errors.append((seconds - FRAME_OFFSET_SECONDS) * FRAMES_PER_SECOND - edge.frame)
    beside_pause = np.array([PAUSE in (edge.left, edge.right) for edge in edges])
    inputs = network_inputs(aligned_item.section, edges, noise=aligned_item.aligned.noise)
    return Examples(item.voice, item.condition, inputs, np.array(errors, np.float32), beside_pause)


def learn(examples: Sequence[Examples], *, seed: int = 0) -> Network:
    """Minimise the absolute error with Adam.

    A few edges are off by any amount. The absolute error keeps them from outweighing the many good ones.
    """
    chance = np.random.default_rng(seed)
    inputs = np.concatenate([part.inputs for part in examples])
    targets = np.clip(np.concatenate([part.errors for part in examples]), -LARGEST_SHIFT, LARGEST_SHIFT)
    mean, scale = inputs.mean(axis=0), inputs.std(axis=0) + np.float32(0.01)
    width = inputs.shape[1]
    weights = [
        chance.normal(0, 1 / np.sqrt(width), (width, HIDDEN_UNITS)).astype(np.float32),
        np.zeros(HIDDEN_UNITS, np.float32),
        chance.normal(0, 0.1, HIDDEN_UNITS).astype(np.float32),
        np.zeros(1, np.float32),
    ]
    means, squares = [np.zeros_like(w) for w in weights], [np.zeros_like(w) for w in weights]
    for step, (batch, rate) in enumerate(_batches(len(inputs), chance), start=1):
        noise = chance.normal(0, INPUT_NOISE, (len(batch), width)).astype(np.float32)
        gradients = _gradients(weights, (inputs[batch] - mean) / scale + noise, targets[batch])
        for place, gradient in enumerate(gradients):
            means[place] += 0.1 * (gradient - means[place])
            squares[place] += 0.001 * (gradient**2 - squares[place])
            corrected = means[place] / (1 - 0.9**step)
            weights[place] -= rate * corrected / (np.sqrt(squares[place] / (1 - 0.999**step)) + 1e-8)
    return Network(mean, scale, *weights)


def _batches(count: int, chance: np.random.Generator) -> Iterator[tuple[NDArray[np.int64], np.float32]]:
    """Shuffled batches with a linearly falling learning rate."""
    for epoch in range(EPOCHS):
        order = chance.permutation(count)
        for first in range(0, count, BATCH):
            yield order[first : first + BATCH], np.float32(LEARNING_RATE * (1 - epoch / EPOCHS))


def _gradients(weights: Sequence[Floats], inputs: Floats, targets: Floats) -> list[Floats]:
    inner, inner_bias, outer, outer_bias = weights
    hidden = np.tanh(inputs @ inner + inner_bias)
    error = np.clip((hidden @ outer + outer_bias - targets) / SOFT_FRAMES, -1, 1) / np.float32(len(targets))
    back = np.outer(error, outer) * (1 - hidden**2)
    return [inputs.T @ back + WEIGHT_DECAY * inner, back.sum(axis=0), hidden.T @ error, error.sum(keepdims=True)]


def validate(examples: Sequence[Examples], result: report.Result) -> None:
    """Leave-one-voice-out errors in milliseconds, with and without refinement."""
    voices = {part.voice for part in examples}
    networks = {voice: learn([part for part in examples if part.voice != voice]) for voice in voices}
    for condition in DEGRADATIONS:
        own = [part for part in examples if part.condition == condition]
        for kind in ("beside a pause", "between words"):
            picked = [part.beside_pause == (kind == "beside a pause") for part in own]
            errors = np.concatenate([part.errors[rows] for part, rows in zip(own, picked, strict=True)])
            shifts = [networks[part.voice].shifts(part.inputs[rows]) for part, rows in zip(own, picked, strict=True)]
            refined = errors - np.concatenate(shifts)
            result.add(
                "refinement",
                condition=condition,
                edges=kind,
                **_summary(errors, "alone"),
                **_summary(refined, "refined"),
            )


def _summary(frames: Floats, name: str) -> dict[str, Any]:
    errors = np.abs(frames) * 1000 / FRAMES_PER_SECOND
    return {
        f"{name}_median": float(np.median(errors)),
        f"{name}_mean": float(errors.mean()),
        f"{name}_near": report.share((errors <= 50).sum(), len(errors)),
    }


def main() -> None:
    arguments = report.parser(__doc__).parse_args()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        examples = [part for found in pool.map(collect, VOICES) for part in found]
    print(f"{sum(len(part.errors) for part in examples)} edges")
    with report.measuring("edges", arguments, packages=["pocketsphinx", "numpy"]) as result:
        validate(examples, result)
    network = learn(examples)
    np.savez_compressed(NETWORK_PATH, **{name: getattr(network, name) for name in Network.__slots__})
    print(f"{NETWORK_PATH}: {NETWORK_PATH.stat().st_size} bytes")


if __name__ == "__main__":
    main()
