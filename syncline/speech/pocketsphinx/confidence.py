"""Estimate each word's confidence: the posterior probability, from 0 to 1, that the word is aligned correctly.

A logistic regression over the evidence for the word. `make learn-confidence` fits it; docs/accuracy.md tells how well
it is calibrated.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from syncline.speech.pocketsphinx.acoustic_model import STATES, shared_model
from syncline.speech.pocketsphinx.hypotheses import UNDOUBTED_GAIN, AlignedSection, WordHypothesis

LONGEST_PAUSE_FRAMES = 40  # a longer one ends a run of words
LONGEST_RUN = 12  # more words in a row add no evidence
LONGEST_WORD_FRAMES = 60
WORDS_AROUND = 20
STRAY_WORDS, STRAY_FRAMES = 2, 60  # at most
SEPARATION_FRAMES = 150  # at least
STRAY_FACTOR = 0.3
LARGEST_LOSS, LOSS_PER_NOISE = 50.0, 4.0
LLR_RANGE = (-5.0, 5.0)


@dataclass(frozen=True, slots=True)
class ScoredWord:
    word: WordHypothesis
    confidence: float


@dataclass(frozen=True, slots=True)
class Evidence:
    llr: float  # of the word
    worst_phone_llr: float
    run_llr: float  # of the run of words around it, mean over frames
    run_words: float  # log
    run_frames: float  # log
    frames: float  # of the word, log
    shortest_phones: float  # share of its phones with the fewest frames that the model allows
    shortness: float  # log of expected to actual duration; 0 if it is not too short
    second_pass: float  # 1: the first pass skipped it
    dispensability: float  # how much of the ordinary gain it lacks, discounted in noise
    density: float  # share of the words around it in the transcript that are aligned
    noise: float


@dataclass(frozen=True, slots=True)
class ConfidenceModel:
    weights: Evidence
    bias: float


ENGLISH = ConfidenceModel(
    Evidence(
        llr=0.674,
        worst_phone_llr=-0.041,
        run_llr=0.196,
        run_words=1.157,
        run_frames=-0.137,
        frames=-0.308,
        shortest_phones=-0.980,
        shortness=-1.582,
        second_pass=-1.940,
        dispensability=-0.055,
        density=7.394,
        noise=0.733,
    ),
    bias=-3.580,
)
# Of words in other languages, which `make learn-languages` fits.
CROSS_LINGUAL = ConfidenceModel(
    Evidence(
        llr=0.600,
        worst_phone_llr=-0.397,
        run_llr=0.661,
        run_words=1.426,
        run_frames=0.611,
        frames=-0.854,
        shortest_phones=-3.119,
        shortness=0.567,
        second_pass=-2.949,
        dispensability=0.034,
        density=4.772,
        noise=1.584,
    ),
    bias=-4.655,
)


def score_confidence(sections: Sequence[AlignedSection], *, words: int) -> list[ScoredWord]:
    """`words`: length of the transcript."""
    fillers = sorted(filler for section in sections for filler in section.fillers)
    found = gather_evidence(sections, words=words)
    model = CROSS_LINGUAL if any(section.cross_lingual for section in sections) else ENGLISH
    strays = _strays([word for word, _ in found], fillers)
    return [
        ScoredWord(word, _posterior(evidence, model) * (STRAY_FACTOR if word.word in strays else 1.0))
        for word, evidence in found
    ]


def _strays(words: Sequence[WordHypothesis], fillers: Sequence[tuple[int, int]]) -> set[int]:
    """One or two words that a filler separates from the rest of their sentence.

    Speech that is not in the transcript can begin with the same word, such as "the", and attract it.
    """
    strays: set[int] = set()
    runs = [[word for word, _ in run] for run in _runs([(word, 0.0) for word in words])]
    for run, before, after in zip(runs, [[], *runs], [*runs[1:], []], strict=False):
        if len(run) > STRAY_WORDS or run[-1].end - run[0].start > STRAY_FRAMES:
            continue
        if _separated(before, run, fillers) or _separated(run, after, fillers):
            strays.update(word.word for word in run)
    return strays


def _separated(
    run: Sequence[WordHypothesis], following: Sequence[WordHypothesis], fillers: Sequence[tuple[int, int]]
) -> bool:
    """Whether the two runs are neighbours in the transcript, with mostly filler between them."""
    if not (run and following) or run[-1].word != following[0].word - 1:
        return False
    return _mostly_filler(run[-1].end, following[0].start, fillers)


def _mostly_filler(begin: int, end: int, fillers: Sequence[tuple[int, int]]) -> bool:
    first = max(0, bisect_left(fillers, (begin, begin)) - 1)
    inside = 0
    for start, stop in fillers[first:]:
        if start >= end:
            break
        inside += max(0, min(stop, end) - max(start, begin))
    return end - begin >= SEPARATION_FRAMES and inside > (end - begin) / 2


def gather_evidence(sections: Sequence[AlignedSection], *, words: int) -> list[tuple[WordHypothesis, Evidence]]:
    ordered = _longest_chain([(word, section.noise) for section in sections for word in section.words])
    indices = [word.word for word, _ in ordered]
    return [
        (word, _evidence(word, [other for other, _ in run], noise=noise, density=_density(indices, word.word, words)))
        for run in _runs(ordered)
        for word, noise in run
    ]


def _density(aligned: Sequence[int], word: int, words: int) -> float:
    low, high = max(0, word - WORDS_AROUND), min(words, word + WORDS_AROUND + 1)
    return (bisect_left(aligned, high) - bisect_left(aligned, low)) / (high - low)


def _longest_chain(words: Sequence[tuple[WordHypothesis, float]]) -> list[tuple[WordHypothesis, float]]:
    """The longest subsequence that increases in both time and transcript.

    Sections whose place in the transcript was not known may claim the same words.
    """
    by_time = sorted(words, key=lambda pair: (pair[0].start, pair[0].word))
    last_words: list[int] = []  # chain length - 1 -> the smallest word with which such a chain ends ...
    last_indices: list[int] = []  # ... and its index in by_time
    previous: list[int] = []
    for index, (word, _) in enumerate(by_time):
        length = bisect_left(last_words, word.word)
        previous.append(last_indices[length - 1] if length else -1)
        last_words[length : length + 1] = [word.word]
        last_indices[length : length + 1] = [index]
    chain = []
    index = last_indices[-1] if last_indices else -1
    while index >= 0:
        chain.append(by_time[index])
        index = previous[index]
    return chain[::-1]


def _evidence(word: WordHypothesis, run: Sequence[WordHypothesis], *, noise: float, density: float) -> Evidence:
    frames = [other.end - other.start for other in run]
    run_llr = sum(other.llr * length for other, length in zip(run, frames, strict=True)) / sum(frames)
    expected = sum(shared_model().expected_frames[segment.phone] for segment in word.phones)
    loss = max(0.0, min(UNDOUBTED_GAIN - word.gain, LARGEST_LOSS))
    return Evidence(
        llr=_clipped(word.llr),
        worst_phone_llr=_clipped(word.worst_phone_llr),
        run_llr=_clipped(run_llr),
        run_words=math.log(min(len(run), LONGEST_RUN)),
        run_frames=math.log(min(sum(frames), LONGEST_RUN * LONGEST_WORD_FRAMES)),
        frames=math.log(min(word.end - word.start, LONGEST_WORD_FRAMES)),
        shortest_phones=sum(segment.frames <= STATES for segment in word.phones) / len(word.phones),
        shortness=max(0.0, math.log(expected / (word.end - word.start))),
        second_pass=float(word.second_pass),
        dispensability=loss / (1 + LOSS_PER_NOISE * noise),
        density=density,
        noise=noise,
    )


def _posterior(evidence: Evidence, model: ConfidenceModel) -> float:
    names = Evidence.__slots__
    total = model.bias + sum(getattr(model.weights, name) * getattr(evidence, name) for name in names)
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def _clipped(llr: float) -> float:
    return min(max(llr, LLR_RANGE[0]), LLR_RANGE[1])


def _runs(words: Sequence[tuple[WordHypothesis, float]]) -> Iterator[list[tuple[WordHypothesis, float]]]:
    """Runs of consecutive words of the transcript without long pauses."""
    run: list[tuple[WordHypothesis, float]] = []
    for pair in words:
        follows = run and pair[0].word == run[-1][0].word + 1
        if run and not (follows and pair[0].start - run[-1][0].end <= LONGEST_PAUSE_FRAMES):
            yield run
            run = []
        run.append(pair)
    if run:
        yield run
