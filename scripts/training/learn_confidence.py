"""Fit the confidence of words (syncline/speech/pocketsphinx/confidence.py).

    python -m scripts.training.learn_confidence        # make learn-confidence

Aligns the synthetic corpus and the recordings of people with correct, altered and wrong transcripts, and fits a
logistic regression to whether each word is right. In the corpus a word is right if both edges are within 150 ms of the
truth. The recordings of people have no such truth: there a word is right if it was spoken.

Prints how many words of each confidence are right, for each voice with the weights fitted on the other voices, then the
weights to copy into confidence.py.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple, dataclass
from itertools import pairwise
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray

from benchmarks import people, people_sources, report
from benchmarks.corpus import CONDITIONS, VOICES, Item, items
from scripts.training.aligned_corpus import AlignedItem, align_item
from syncline.speech.pocketsphinx import results
from syncline.speech.pocketsphinx.confidence import Evidence, gather_evidence
from syncline.speech.pocketsphinx.engine import LEAST_CONFIDENCE
from syncline.speech.pocketsphinx.features import frame_count
from syncline.speech.pocketsphinx.hypotheses import Section, WordHypothesis
from syncline.speech.pocketsphinx.recovery import align_section
from syncline.speech.pocketsphinx.transcripts import pronounce_transcript

RIGHT_SECONDS = 0.15
ALTERED_TRANSCRIPTS = 3  # of each recording of people, each altered differently
NEWTON_STEPS = 30
REGULARISATION = 1.0
LEVELS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 1.0)


@dataclass(frozen=True)
class Examples:
    voice: str
    condition: str
    evidence: NDArray[np.float64]
    right: NDArray[np.bool_]


def collect(voice: str) -> list[Examples]:
    with tempfile.TemporaryDirectory() as folder:
        return [_examples(item, Path(folder) / "audio.raw") for item in items([voice], CONDITIONS)]


def _examples(item: Item, path: Path) -> Examples:
    aligned_item = align_item(item, path)
    found = gather_evidence([aligned_item.aligned], words=len(aligned_item.transcript.words))
    words = [word for word, _ in found]
    right = [
        _is_right(aligned_item, word, before, after)
        for before, word, after in zip([None, *words], words, [*words[1:], None], strict=False)
    ]
    return Examples(item.voice, item.condition, _matrix([each for _, each in found]), np.array(right, bool))


def _is_right(
    aligned_item: AlignedItem, word: WordHypothesis, before: WordHypothesis | None, after: WordHypothesis | None
) -> bool:
    times = results.refined_times(word, before, after, limit=aligned_item.item.seconds)
    start, end = aligned_item.true_times(word.word)
    if start is None and end is None:
        return False
    return (start is None or abs(times.start - start) < RIGHT_SECONDS) and (
        end is None or abs(times.end - end) < RIGHT_SECONDS
    )


def collect_people(variant: int) -> list[Examples]:
    recordings = people_sources.for_training()
    examples = []
    for number, recording in enumerate(recordings):
        chance = random.Random(f"{variant} {recording.name}")
        # Neighbours in the list have similar texts.
        other = recordings[(number + len(recordings) // 3 + variant) % len(recordings)].text
        for condition, (text, unspoken) in {
            "people": (recording.text, set[int]()),
            "people, a tenth inserted": people.altered(recording.text, chance, misread=False),
            "people, a tenth misread": people.altered(recording.text, chance, misread=True),
            "people, another text": (other, set(range(len(other)))),
        }.items():
            examples.append(_examples_of_people(recording, text, unspoken, condition))
    return examples


def _examples_of_people(recording: people_sources.Recording, text: str, unspoken: set[int], condition: str) -> Examples:
    transcript, audio = pronounce_transcript(text), recording.audio
    section = Section(audio.path, audio.samples, 0, frame_count(audio.samples), 0, tuple(transcript.words))
    found = gather_evidence([align_section(section)], words=len(transcript.words))
    right = [transcript.token(word.word).start not in unspoken for word, _ in found]
    return Examples(recording.speaker, condition, _matrix([each for _, each in found]), np.array(right, bool))


def _matrix(evidence: Sequence[Evidence]) -> NDArray[np.float64]:
    return np.array([astuple(each) for each in evidence]).reshape(-1, len(Evidence.__slots__))


def learn(examples: Sequence[Examples]) -> NDArray[np.float64]:
    """Newton's method. Returns the weights, the bias last."""
    inputs = _with_bias(np.concatenate([part.evidence for part in examples]))
    right = np.concatenate([part.right for part in examples]).astype(float)
    weights = np.zeros(inputs.shape[1])
    for _ in range(NEWTON_STEPS):
        posterior = _posterior(inputs, weights)
        gradient = inputs.T @ (right - posterior) - REGULARISATION * weights
        hessian = (inputs * (posterior * (1 - posterior))[:, None]).T @ inputs + REGULARISATION * np.eye(len(weights))
        weights += np.linalg.solve(hessian, gradient)
    return weights


def _with_bias(evidence: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.hstack([evidence, np.ones((len(evidence), 1))])


def _posterior(inputs: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-np.clip(inputs @ weights, -30, 30)))


@dataclass(frozen=True)
class Validation:
    """Of each voice, with the weights that were fitted on the others."""

    levels: dict[str, tuple[int, int]]  # by confidence: words that are right, and all
    mistakes: dict[str, tuple[float, float]]  # by condition: shares right but rejected, wrong but accepted


def validate(examples: Sequence[Examples], *, least: float = LEAST_CONFIDENCE) -> Validation:
    """Words with less confidence than `least` are rejected."""
    voices = {part.voice for part in examples}
    weights = {voice: learn([part for part in examples if part.voice != voice]) for voice in voices}
    confidences = [_posterior(_with_bias(part.evidence), weights[part.voice]) for part in examples]
    confidence = np.concatenate(confidences)
    right = np.concatenate([part.right for part in examples])
    levels, mistakes = {}, {}
    for low, high in pairwise(LEVELS):
        inside = (confidence >= low) & ((confidence < high) | (high == 1.0))
        levels[_level(low, high)] = int(right[inside].sum()), int(inside.sum())
    for condition in dict.fromkeys(part.condition for part in examples):
        own = [number for number, part in enumerate(examples) if part.condition == condition]
        accepted = np.concatenate([confidences[number] for number in own]) >= least
        right = np.concatenate([examples[number].right for number in own])
        mistakes[condition] = float(np.mean(right & ~accepted)), float(np.mean(~right & accepted))
    return Validation(levels, mistakes)


def _level(low: float, high: float) -> str:
    return f"below {high:g}" if low == 0 else f"above {low:g}" if high == 1 else f"{low:g} to {high:g}"


def main() -> None:
    arguments = report.parser(__doc__).parse_args()
    people_sources.for_training()  # download once, before several processes need them
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        futures = [pool.submit(collect, voice) for voice in VOICES]
        futures += [pool.submit(collect_people, number) for number in range(ALTERED_TRANSCRIPTS)]
        examples = [part for future in futures for part in future.result()]
    with report.measuring("confidence", arguments, packages=["pocketsphinx", "numpy"]) as result:
        found = validate(examples)
        for level, (right, words) in found.levels.items():
            result.add("calibration", level=level, words=words, right=report.share(right, words))
        for condition, (rejected, accepted) in found.mistakes.items():
            result.add("mistakes", condition=condition, rejected=rejected, accepted=accepted)
    print(f"\nfitted on {sum(len(part.right) for part in examples)} words:")
    for name, weight in zip([*Evidence.__slots__, "BIAS"], learn(examples), strict=True):
        print(f"    {name}={weight:.3f},")


if __name__ == "__main__":
    main()
