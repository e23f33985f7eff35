"""Learns how sure to be of a word: `python -m scripts.training.learn_confidence` (`make learn-confidence`), 20 minutes.

Aligns the corpus and the recordings of people with right, damaged and wrong transcripts, and fits a logistic regression
to which words are right: both ends within 150 ms of the truth; in people's recordings, which have no such truth, those
that were said. Prints, for each voice judged by what the others taught, how many of the words of each confidence are
right, then the weights for worker/engines/pocketsphinx/confidence.py.
"""

from __future__ import annotations

import argparse
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

from benchmarks import people
from benchmarks.corpus import CONDITIONS, VOICES, Item, items
from scripts.training.aligned_corpus import Hearing, hear
from syncline.speech.pocketsphinx import results
from syncline.speech.pocketsphinx.confidence import Evidence, gather_evidence
from syncline.speech.pocketsphinx.decoding import HeardWord, Section
from syncline.speech.pocketsphinx.engine import LEAST_CONFIDENCE, speak
from syncline.speech.pocketsphinx.features import frame_count
from syncline.speech.pocketsphinx.recovery import align_section

RIGHT_SECONDS = 0.15
TEXTS_OF_PEOPLE = 3  # of each recording, each spoilt in its own way
STEPS = 30
STEADINESS = 1.0
LEVELS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 1.0)


@dataclass(frozen=True)
class Words:
    voice: str
    condition: str
    evidence: NDArray[np.float64]
    right: NDArray[np.bool_]


def collect(voice: str) -> list[Words]:
    with tempfile.TemporaryDirectory() as folder:
        return [_collected(item, Path(folder) / "audio.raw") for item in items([voice], CONDITIONS)]


def collect_people(texts: int) -> list[Words]:
    """Nobody marked where most of their words are: what was said and is found counts as right."""
    spoken = list(people.recordings())
    parts = []
    for number, recording in enumerate(spoken):
        chance = random.Random(f"{texts} {recording.name}")
        other = spoken[(number + len(spoken) // 3 + texts) % len(spoken)].text  # neighbours say much the same
        for condition, (text, wrong) in {
            "people": (recording.text, set[int]()),
            "people, a tenth inserted": people.spoilt(recording.text, chance, misread=False),
            "people, a tenth misread": people.spoilt(recording.text, chance, misread=True),
            "people, another text": (other, set(range(len(other)))),
        }.items():
            parts.append(_of_people(recording, text, wrong, condition))
    return parts


def _of_people(recording: people.Recording, text: str, wrong: set[int], condition: str) -> Words:
    spoken, audio = speak(text), recording.audio
    section = Section(audio.path, audio.samples, 0, frame_count(audio.samples), 0, tuple(spoken.forms))
    found = gather_evidence([align_section(section)], words=len(spoken.forms))
    right = [spoken.tokens[spoken.said[word.word]].start not in wrong for word, _ in found]
    evidence = np.array([astuple(each) for _, each in found]).reshape(-1, len(Evidence.__slots__))
    return Words(recording.speaker, condition, evidence, np.array(right, bool))


def _collected(item: Item, path: Path) -> Words:
    hearing = hear(item, path)
    found = gather_evidence([hearing.heard], words=len(hearing.text.forms))
    words = [word for word, _ in found]
    right = [
        _is_right(hearing, word, before, after)
        for before, word, after in zip([None, *words], words, [*words[1:], None], strict=False)
    ]
    evidence = np.array([astuple(each) for _, each in found]).reshape(-1, len(Evidence.__slots__))
    return Words(item.voice, item.condition, evidence, np.array(right, bool))


def _is_right(hearing: Hearing, word: HeardWord, before: HeardWord | None, after: HeardWord | None) -> bool:
    at = results.edges(word, before, after, limit=hearing.item.seconds)
    start, end = hearing.truth(word.word)
    if start is None and end is None:
        return False
    return (start is None or abs(at.start - start) < RIGHT_SECONDS) and (
        end is None or abs(at.end - end) < RIGHT_SECONDS
    )


def learn(parts: Sequence[Words]) -> NDArray[np.float64]:
    """Newton's method; -> weights, the bias last."""
    seen = np.concatenate([part.evidence for part in parts])
    seen = np.hstack([seen, np.ones((len(seen), 1))])
    right = np.concatenate([part.right for part in parts]).astype(float)
    weights = np.zeros(seen.shape[1])
    for _ in range(STEPS):
        sure = _sure(seen, weights)
        slope = seen.T @ (right - sure) - STEADINESS * weights
        bend = (seen * (sure * (1 - sure))[:, None]).T @ seen + STEADINESS * np.eye(len(weights))
        weights += np.linalg.solve(bend, slope)
    return weights


def _sure(seen: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-np.clip(seen @ weights[: seen.shape[1]], -30, 30)))


def judged(part: Words, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    return _sure(np.hstack([part.evidence, np.ones((len(part.evidence), 1))]), weights)


def report(parts: Sequence[Words]) -> None:
    weights = {voice: learn([part for part in parts if part.voice != voice]) for voice in {p.voice for p in parts}}
    sure = np.concatenate([judged(part, weights[part.voice]) for part in parts])
    right = np.concatenate([part.right for part in parts])
    print(f"{'confidence':16} {'words':>7} {'right':>7}")
    for low, high in pairwise(LEVELS):
        inside = (sure >= low) & ((sure < high) | (high == 1.0))
        print(
            f"{low:5.2f} to {high:4.2f}    {inside.sum():7} {100 * right[inside].mean() if inside.any() else 0:6.1f}%"
        )
    print(f"\n{'':24} {'right, but doubted':>20} {'wrong, yet believed':>20}")
    for condition in dict.fromkeys(part.condition for part in parts):
        own = [part for part in parts if part.condition == condition]
        sure = np.concatenate([judged(part, weights[part.voice]) for part in own]) >= LEAST_CONFIDENCE
        right = np.concatenate([part.right for part in own])
        print(f"{condition:24} {100 * np.mean(right & ~sure):19.2f}% {100 * np.mean(~right & sure):19.2f}%")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    list(people.recordings())  # fetched once, before several processes want them
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        futures = [pool.submit(collect, voice) for voice in VOICES]
        futures += [pool.submit(collect_people, number) for number in range(TEXTS_OF_PEOPLE)]
        parts = [part for future in futures for part in future.result()]
    report(parts)
    print(f"\nlearnt on {sum(len(part.right) for part in parts)} words:")
    for name, weight in zip([*Evidence.__slots__, "BIAS"], learn(parts), strict=True):
        print(f"    {name}={weight:.3f},")


if __name__ == "__main__":
    main()
