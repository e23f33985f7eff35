"""Cutting a long recording into sections whose part of the text is known.

Every few minutes a few seconds are listened to against the text that is expected about there, from any word on.
Where a run of words is found, the recording and the text are cut in its widest pause. Where none is (music, another
language, a missing page), the section becomes longer: sections make the work parallel, they are not needed to find
the way. Only after ten minutes is it cut blindly, and then the next may begin anywhere in the text that is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from syncline.speech.pocketsphinx.decoding import Heard, HeardWord, Section
from syncline.speech.pocketsphinx.decoding_graph import Form

SECTION_FRAMES = 240 * 100
SHORTEST_LAST_FRAMES = 150 * 100  # a shorter rest stays with the section before it
PROBE_FRAMES = 12 * 100
STEPS_AFTER_FAILURE = (20 * 100, 40 * 100, 60 * 100)
LONGEST_FRAMES, LONGEST_WORDS = 600 * 100, 3_000  # of a section whose end was not found
RUN_OF_WORDS = 8  # heard in a row, to be sure of the place
RUN_FIT = 0.6
NARROW_WORDS, WIDE_WORDS = 250, 1_500  # looked at on either side of the expected one
WORDS_PER_FRAME = 2.6 / 100  # ordinary speech
LONGEST_GAP_FRAMES = 120

Listen = Callable[[Section], Heard | None]


@dataclass(frozen=True, slots=True)
class Anchor:
    frame: int
    word: int


def sections(whole: Section, *, listen: Listen) -> Iterator[Section]:
    """`whole` cut up; `listen` runs a probe."""
    begin, sure = Anchor(whole.first_frame, 0), True
    while whole.last_frame - begin.frame > SECTION_FRAMES + SHORTEST_LAST_FRAMES:
        end = _next_anchor(whole, begin, listen)
        if end:
            yield _between(whole, begin, end, sure=sure)
            begin, sure = end, True
        else:
            unsure = Anchor(begin.frame + LONGEST_FRAMES, min(len(whole.words), begin.word + LONGEST_WORDS))
            yield _between(whole, begin, unsure, sure=sure)
            begin, sure = Anchor(min(unsure.frame, whole.last_frame), begin.word), False
    if whole.last_frame > begin.frame:
        yield _between(whole, begin, Anchor(whole.last_frame, len(whole.words)), sure=sure)


def _between(whole: Section, begin: Anchor, end: Anchor, *, sure: bool) -> Section:
    words = whole.words[begin.word : end.word][: LONGEST_WORDS if not sure else None]
    last = min(end.frame, whole.last_frame)
    return Section(whole.path, whole.samples, begin.frame, last, begin.word, words, anywhere=not sure)


def _next_anchor(whole: Section, begin: Anchor, listen: Listen) -> Anchor | None:
    frame = begin.frame + SECTION_FRAMES
    failures = 0
    while frame < min(begin.frame + LONGEST_FRAMES, whole.last_frame - SHORTEST_LAST_FRAMES):
        anchor = _probe(whole, begin, frame, listen, wide=failures > 0)
        if anchor:
            return anchor
        frame += STEPS_AFTER_FAILURE[min(failures, len(STEPS_AFTER_FAILURE) - 1)]
        failures += 1
    return None


def _probe(whole: Section, begin: Anchor, frame: int, listen: Listen, *, wide: bool) -> Anchor | None:
    expected = begin.word + _words_between(whole, begin, frame)
    reach = WIDE_WORDS if wide else NARROW_WORDS
    low, high = max(begin.word, expected - reach), min(len(whole.words), expected + reach)
    if high - low < RUN_OF_WORDS:
        return None
    heard = listen(
        Section(whole.path, whole.samples, frame, frame + PROBE_FRAMES, low, whole.words[low:high], anywhere=True)
    )
    run = longest_run(heard.words) if heard else []
    if len(run) < RUN_OF_WORDS or not _only_once(whole.words, run, low, high):
        return None
    return _widest_pause(run)


def _words_between(whole: Section, begin: Anchor, frame: int) -> int:
    """At the pace that brings the rest of the text to the rest of the recording, within what is humanly possible."""
    pace = (len(whole.words) - begin.word) / max(1, whole.last_frame - begin.frame)
    return int((frame - begin.frame) * min(max(pace, WORDS_PER_FRAME / 2), WORDS_PER_FRAME * 1.5))


def longest_run(words: Sequence[HeardWord]) -> list[HeardWord]:
    """Neighbours in the text heard one after the other, each fitting."""
    best: list[HeardWord] = []
    run: list[HeardWord] = []
    for word in words:
        follows = run and word.word == run[-1].word + 1 and word.start - run[-1].end < LONGEST_GAP_FRAMES
        run = [*run, word] if follows and word.fit > -RUN_FIT else [word]
        if len(run) > len(best):
            best = run
    mean = sum(word.fit for word in best) / max(1, len(best))
    return best if mean > RUN_FIT - 1.0 else []


def _only_once(words: Sequence[tuple[Form, ...]], run: Sequence[HeardWord], low: int, high: int) -> bool:
    """A refrain that stands in the text several times says nothing about the place."""
    first, last = run[0].word, run[-1].word + 1
    said = words[first:last]
    return not any(
        words[start : start + len(said)] == said for start in range(low, high - len(said) + 1) if start != first
    )


def _widest_pause(run: Sequence[HeardWord]) -> Anchor:
    """Well inside the run: its ends are the least certain."""
    before, after = max(pairwise(run[2:-2]), key=lambda pair: pair[1].start - pair[0].end)
    return Anchor((before.end + after.start) // 2, after.word)
