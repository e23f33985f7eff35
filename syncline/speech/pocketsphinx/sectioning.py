"""Cut a long recording into sections whose part of the transcript is known.

About every four minutes, decode a probe: twelve seconds of the recording against the words expected around there,
starting at any of them. If the probe finds a run of words, it is an anchor, and the recording and the transcript are
cut in its widest pause. If it finds none (music, another language, a missing page), the section grows: sections exist
so that processes can work in parallel, and the decoder does not need them. After ten minutes without an anchor the
section ends anyway, and the next one may begin anywhere in the rest of the transcript.

A caller that already knows anchors saves the probes, and its sections may be shorter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from syncline.speech.pocketsphinx.decoding_graph import Pronunciation
from syncline.speech.pocketsphinx.hypotheses import AlignedSection, Section, WordHypothesis

SECTION_FRAMES = 240 * 100
SHORTEST_LAST_FRAMES = 150 * 100  # a shorter remainder stays with the section before it
PROBE_FRAMES = 12 * 100
STEPS_AFTER_FAILURE = (20 * 100, 40 * 100, 60 * 100)
FRAMES_TO_KNOWN_ANCHOR = 60 * 100  # in less, the mean that normalisation subtracts is less certain
LONGEST_FRAMES, LONGEST_WORDS = 600 * 100, 3_000  # of a section without an anchor at its end
RUN_WORDS = 8  # in a row, to accept an anchor
RUN_LLR = 0.6
NARROW_WORDS, WIDE_WORDS = 250, 1_500  # decoded on either side of the expected word
WORDS_PER_FRAME = 2.6 / 100  # of ordinary speech
LONGEST_GAP_FRAMES = 120  # between two words of a run

Decode = Callable[[Section], AlignedSection | None]


@dataclass(frozen=True, slots=True)
class Anchor:
    """The frame at which a word of the transcript begins."""

    frame: int
    word: int


def cut_into_sections(whole: Section, *, decode: Decode, known: Sequence[Anchor] = ()) -> Iterator[Section]:
    """`decode` aligns a probe; None if that failed. `known`: anchors in the order of time."""
    begin, certain = Anchor(whole.first_frame, 0), True
    while begin.frame < whole.last_frame:
        end = _known_anchor(whole, begin, known)
        if not end and whole.last_frame - begin.frame <= SECTION_FRAMES + SHORTEST_LAST_FRAMES:
            end = Anchor(whole.last_frame, len(whole.words))
        end = end or _next_anchor(whole, begin, decode)
        if end:
            yield _between(whole, begin, end, certain=certain)
            begin, certain = end, True
        else:
            limit = Anchor(begin.frame + LONGEST_FRAMES, min(len(whole.words), begin.word + LONGEST_WORDS))
            yield _between(whole, begin, limit, certain=certain)
            begin, certain = Anchor(min(limit.frame, whole.last_frame), begin.word), False


def _known_anchor(whole: Section, begin: Anchor, known: Sequence[Anchor]) -> Anchor | None:
    first, last = begin.frame + FRAMES_TO_KNOWN_ANCHOR, min(begin.frame + LONGEST_FRAMES, whole.last_frame)
    return next((each for each in known if first <= each.frame < last and each.word >= begin.word), None)


def _between(whole: Section, begin: Anchor, end: Anchor, *, certain: bool) -> Section:
    words = whole.words[begin.word : end.word][: LONGEST_WORDS if not certain else None]
    last = min(end.frame, whole.last_frame)
    return replace(
        whole,
        first_frame=begin.frame,
        last_frame=last,
        first_word=begin.word,
        words=words,
        start_anywhere=not certain,
    )


def _next_anchor(whole: Section, begin: Anchor, decode: Decode) -> Anchor | None:
    frame = begin.frame + SECTION_FRAMES
    failures = 0
    while frame < min(begin.frame + LONGEST_FRAMES, whole.last_frame - SHORTEST_LAST_FRAMES):
        anchor = _probe(whole, begin, frame, decode, wide=failures > 0)
        if anchor:
            return anchor
        frame += STEPS_AFTER_FAILURE[min(failures, len(STEPS_AFTER_FAILURE) - 1)]
        failures += 1
    return None


def _probe(whole: Section, begin: Anchor, frame: int, decode: Decode, *, wide: bool) -> Anchor | None:
    expected = begin.word + _expected_words(whole, begin, frame)
    reach = WIDE_WORDS if wide else NARROW_WORDS
    low, high = max(begin.word, expected - reach), min(len(whole.words), expected + reach)
    if high - low < RUN_WORDS:
        return None
    words = whole.words[low:high]
    aligned = decode(
        replace(
            whole,
            first_frame=frame,
            last_frame=frame + PROBE_FRAMES,
            first_word=low,
            words=words,
            start_anywhere=True,
        )
    )
    run = longest_run(aligned.words) if aligned else []
    if len(run) < RUN_WORDS or not occurs_once(whole.words, run, low, high):
        return None
    return _widest_pause(run)


def _expected_words(whole: Section, begin: Anchor, frame: int) -> int:
    """Words from `begin` to `frame`, at the mean pace of the rest of the recording, within humanly possible bounds."""
    pace = (len(whole.words) - begin.word) / max(1, whole.last_frame - begin.frame)
    return int((frame - begin.frame) * min(max(pace, WORDS_PER_FRAME / 2), WORDS_PER_FRAME * 1.5))


def longest_run(words: Sequence[WordHypothesis]) -> list[WordHypothesis]:
    """The longest run of consecutive words of the transcript, one straight after the other, each fitting well."""
    best: list[WordHypothesis] = []
    run: list[WordHypothesis] = []
    for word in words:
        follows = run and word.word == run[-1].word + 1 and word.start - run[-1].end < LONGEST_GAP_FRAMES
        run = [*run, word] if follows and word.llr > -RUN_LLR else [word]
        if len(run) > len(best):
            best = run
    mean = sum(word.llr for word in best) / max(1, len(best))
    return best if mean > RUN_LLR - 1.0 else []


def occurs_once(words: Sequence[tuple[Pronunciation, ...]], run: Sequence[WordHypothesis], low: int, high: int) -> bool:
    """Whether the run's words occur only once from `low` to `high`: a refrain does not say where it is."""
    first, last = run[0].word, run[-1].word + 1
    spoken = words[first:last]
    return not any(
        words[start : start + len(spoken)] == spoken for start in range(low, high - len(spoken) + 1) if start != first
    )


def _widest_pause(run: Sequence[WordHypothesis]) -> Anchor:
    """Not at the ends of the run, which are its least certain part."""
    before, after = max(pairwise(run[2:-2]), key=lambda pair: pair[1].start - pair[0].end)
    return Anchor((before.end + after.start) // 2, after.word)
