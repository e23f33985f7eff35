"""How sure we are of a word, 0..1: about the share of words with as much evidence that are right.

A logistic regression; docs/accuracy.md says on what it was fitted and how well it holds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from worker.engines.pocketsphinx.sections import Heard, HeardWord

SIDE_BY_SIDE_FRAMES = 40  # a longer gap ends a run of words
LONGEST_RUN = 12  # more words in a row say no more
LONGEST_WORD = 60
STEADY_FIT = (-5.0, 5.0)


@dataclass(frozen=True, slots=True)
class Judged:
    word: HeardWord
    noise: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Evidence:
    fit: float  # of the word
    worst_fit: float  # of its sounds
    run_fit: float  # of the words in a row with it, over all their frames
    run_words: float  # how many these are, logarithm
    run_frames: float
    frames: float  # the word's, logarithm
    squeezed: float  # share of its sounds that are as short as the model can make them
    noise: float


WEIGHTS = Evidence(1.2, 0.3, 0.0, 1.5, 0.0, 0.5, 0.0, 1.0)
BIAS = 0.0


def judge(parts: Sequence[Heard]) -> list[Judged]:
    words = sorted(((word, part.noise) for part in parts for word in part.words), key=lambda pair: pair[0].word)
    judged = []
    for run in _runs(words):
        for word, noise in run:
            judged.append(Judged(word, noise, _probability(weigh(word, [other for other, _ in run], noise))))
    return judged


def weigh(word: HeardWord, run: Sequence[HeardWord], noise: float) -> Evidence:
    frames = [other.end - other.start for other in run]
    run_fit = sum(other.fit * length for other, length in zip(run, frames, strict=True)) / sum(frames)
    shortest = sum(sound.frames <= 3 for sound in word.sounds)
    return Evidence(
        fit=_bounded(word.fit),
        worst_fit=_bounded(word.worst_fit),
        run_fit=_bounded(run_fit),
        run_words=math.log(min(len(run), LONGEST_RUN)),
        run_frames=math.log(min(sum(frames), LONGEST_RUN * LONGEST_WORD)),
        frames=math.log(min(word.end - word.start, LONGEST_WORD)),
        squeezed=shortest / len(word.sounds),
        noise=noise,
    )


def _probability(evidence: Evidence) -> float:
    names = Evidence.__slots__
    total = BIAS + sum(getattr(WEIGHTS, name) * getattr(evidence, name) for name in names)
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def _bounded(fit: float) -> float:
    return min(max(fit, STEADY_FIT[0]), STEADY_FIT[1])


def _runs(words: Sequence[tuple[HeardWord, float]]) -> Iterator[list[tuple[HeardWord, float]]]:
    """Neighbours in the text that were heard one straight after the other."""
    run: list[tuple[HeardWord, float]] = []
    for pair in words:
        follows = run and pair[0].word == run[-1][0].word + 1
        if run and not (follows and pair[0].start - run[-1][0].end <= SIDE_BY_SIDE_FRAMES):
            yield run
            run = []
        run.append(pair)
    if run:
        yield run
