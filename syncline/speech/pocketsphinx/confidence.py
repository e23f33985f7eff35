"""How sure we are of a word, 0..1: about the share of words with as much evidence that are right.

A logistic regression that `python -m scripts.training.learn_confidence` fits; docs/accuracy.md says how well it holds.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from syncline.speech.pocketsphinx.acoustic_model import shared_model
from syncline.speech.pocketsphinx.decoding import CLEAR_GAIN, Heard, HeardWord

SIDE_BY_SIDE_FRAMES = 40  # a longer gap ends a run of words
LONGEST_RUN = 12  # more words in a row say no more
LONGEST_WORD = 60
AROUND_WORDS = 20
STRAY_WORDS, STRAY_FRAMES, PARTED_FRAMES = 2, 60, 150
STRAY_TRUST = 0.3
MOST_GAIN, GAIN_IN_NOISE = 50.0, 4.0
STEADY_FIT = (-5.0, 5.0)


@dataclass(frozen=True, slots=True)
class Judged:
    word: HeardWord
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
    hurried: float  # how much shorter it is than usual, logarithm; 0: not at all
    insisted: float  # 1: at first, something else seemed to have been said
    dispensable: float  # how well its neighbours fit without it; the less so, the more noise there is
    density: float  # share of the text around it that was heard
    noise: float


WEIGHTS = Evidence(
    fit=0.674,
    worst_fit=-0.041,
    run_fit=0.196,
    run_words=1.157,
    run_frames=-0.137,
    frames=-0.308,
    squeezed=-0.980,
    hurried=-1.582,
    insisted=-1.940,
    dispensable=-0.055,
    density=7.394,
    noise=0.733,
)
BIAS = -3.580


def judge(parts: Sequence[Heard], *, words: int) -> list[Judged]:
    """`words`: how many the text has."""
    junk = sorted(stretch for part in parts for stretch in part.junk)
    found = gather_evidence(parts, words=words)
    strays = _strays([word for word, _ in found], junk)
    return [
        Judged(word, _probability(evidence) * (STRAY_TRUST if word.word in strays else 1.0)) for word, evidence in found
    ]


def _strays(words: Sequence[HeardWord], junk: Sequence[tuple[int, int]]) -> set[int]:
    """A word or two that something not in the text parts from the sentence they belong to: the other speech, beginning
    with the same "The", took them."""
    strays: set[int] = set()
    runs = [[word for word, _ in run] for run in _runs([(word, 0.0) for word in words])]
    for run, before, after in zip(runs, [[], *runs], [*runs[1:], []], strict=False):
        if len(run) > STRAY_WORDS or run[-1].end - run[0].start > STRAY_FRAMES:
            continue
        parted_before = (
            before and before[-1].word == run[0].word - 1 and _mostly_junk(before[-1].end, run[0].start, junk)
        )
        parted_after = after and after[0].word == run[-1].word + 1 and _mostly_junk(run[-1].end, after[0].start, junk)
        if parted_before or parted_after:
            strays.update(word.word for word in run)
    return strays


def _mostly_junk(begin: int, end: int, junk: Sequence[tuple[int, int]]) -> bool:
    first = max(0, bisect_left(junk, (begin, begin)) - 1)
    inside = 0
    for start, stop in junk[first:]:
        if start >= end:
            break
        inside += max(0, min(stop, end) - max(start, begin))
    return end - begin >= PARTED_FRAMES and inside > (end - begin) / 2


def gather_evidence(parts: Sequence[Heard], *, words: int) -> list[tuple[HeardWord, Evidence]]:
    ordered = _in_order([(word, part.noise) for part in parts for word in part.words])
    places = [word.word for word, _ in ordered]
    return [
        (word, _weigh(word, [other for other, _ in run], noise=noise, density=_density(places, word.word, words)))
        for run in _runs(ordered)
        for word, noise in run
    ]


def _density(places: Sequence[int], word: int, words: int) -> float:
    low, high = max(0, word - AROUND_WORDS), min(words, word + AROUND_WORDS + 1)
    return (bisect_left(places, high) - bisect_left(places, low)) / (high - low)


def _in_order(words: Sequence[tuple[HeardWord, float]]) -> list[tuple[HeardWord, float]]:
    """Sections whose place in the text was not known may claim the same words: the longest chain that goes on in
    both text and time stays."""
    by_time = sorted(words, key=lambda pair: (pair[0].start, pair[0].word))
    ends: list[int] = []  # the word that a chain of each length ends with, the smallest possible
    last: list[int] = []  # and where that is in by_time
    previous: list[int] = []
    for index, (word, _) in enumerate(by_time):
        length = bisect_left(ends, word.word)
        previous.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [word.word]
        last[length : length + 1] = [index]
    chain = []
    index = last[-1] if last else -1
    while index >= 0:
        chain.append(by_time[index])
        index = previous[index]
    return chain[::-1]


def _weigh(word: HeardWord, run: Sequence[HeardWord], *, noise: float, density: float) -> Evidence:
    frames = [other.end - other.start for other in run]
    run_fit = sum(other.fit * length for other, length in zip(run, frames, strict=True)) / sum(frames)
    shortest = sum(sound.frames <= 3 for sound in word.sounds)
    usual = sum(shared_model().usual_frames[sound.sound] for sound in word.sounds)
    return Evidence(
        fit=_bounded(word.fit),
        worst_fit=_bounded(word.worst_fit),
        run_fit=_bounded(run_fit),
        run_words=math.log(min(len(run), LONGEST_RUN)),
        run_frames=math.log(min(sum(frames), LONGEST_RUN * LONGEST_WORD)),
        frames=math.log(min(word.end - word.start, LONGEST_WORD)),
        squeezed=shortest / len(word.sounds),
        hurried=max(0.0, math.log(usual / (word.end - word.start))),
        insisted=float(word.insisted),
        dispensable=max(0.0, min(CLEAR_GAIN - word.gain, MOST_GAIN)) / (1 + GAIN_IN_NOISE * noise),
        density=density,
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
