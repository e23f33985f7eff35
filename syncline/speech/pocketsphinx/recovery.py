"""A second try for stretches of a section in which the way was lost: pages that were never read, long asides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from syncline.speech.pocketsphinx.confidence import judge
from syncline.speech.pocketsphinx.decoding import Heard, HeardWord, Section, Sound, follow, hear
from syncline.speech.pocketsphinx.edge_refinement import sharpen
from syncline.speech.pocketsphinx.rescoring import weigh_doubtful
from syncline.speech.pocketsphinx.sectioning import LONGEST_GAP_FRAMES, PROBE_FRAMES, longest_run

SOLID_WORDS = 5  # in a row
GAP_FRAMES, GAP_WORDS = 800, 25  # a smaller gap is an ordinary difference between text and speech
LEAST_SHARE = 0.4  # of a gap's words heard: it is no gap
STEP_FRAMES = 800
MOST_PROBES = 24
PROBE_WORDS, PROBE_FIT = 4, 0.5  # in a row, and how well they fit, to go on from there
WORDS_AROUND = 150
FEWEST_PROBES = 3  # where nothing at all fitted: most likely the text of another recording
EVEN = 0.5
MOST_INSISTED = 4  # words
FRAMES_A_WORD = (6, 90)
FAIR_FIT = -4.0
FEWEST_SPEECH_FRAMES = 150  # to know a voice by
MOST_OFF_CENTRE = 0.35  # silence around a sentence makes up to 0.3, which does no harm


@dataclass(frozen=True, slots=True)
class _Gap:
    first_frame: int
    last_frame: int
    first_word: int
    last_word: int


def align_section(section: Section) -> Heard:
    sound = hear(section)
    heard = _find_words(section, sound)
    speech = _speech(section, _believed(section, heard))
    if speech.sum() >= FEWEST_SPEECH_FRAMES and sound.off_centre(speech) > MOST_OFF_CENTRE:
        sound = sound.centred_on(speech)
        heard = _find_words(section, sound)
    return sharpen(section, weigh_doubtful(section, heard, sound))


def _speech(section: Section, words: Sequence[HeardWord]) -> NDArray[np.bool_]:
    """The frames of words and of the pauses between them."""
    speech = np.zeros(section.last_frame - section.first_frame, bool)
    begin = end = section.first_frame
    for word in words:
        begin = end if word.start - end <= LONGEST_GAP_FRAMES else word.start
        end = word.end
        speech[begin - section.first_frame : end - section.first_frame] = True
    return speech


def _find_words(section: Section, sound: Sound) -> Heard:
    heard = _insist(section, follow(section, sound), sound)
    probes = MOST_PROBES if any(_solid_runs(heard.words)) else FEWEST_PROBES
    searched = section.first_frame
    while probes and (gap := next(_gaps(section, _believed(section, heard), searched), None)):
        place, searched, probes = _search(section, gap, max(searched, gap.first_frame), probes)
        if place is not None:
            heard = _replace(heard, gap, _follow_both_ways(section, gap, place))
    return heard


def _believed(section: Section, heard: Heard) -> list[HeardWord]:
    """Chance finds a few words in a row, too, where the way was lost."""
    return [
        found.word
        for found in judge([heard], words=section.first_word + len(section.words))
        if found.confidence >= EVEN
    ]


def _insist(section: Section, heard: Heard, sound: Sound) -> Heard:
    """Words left out where something else seemed to be said, about as long as they would take: they may have been
    said unclearly. What fits fairly well when nothing else is allowed was."""
    found: list[HeardWord] = []
    for gap in _holes(section, heard):
        inside = replace(_part(section, gap.first_frame, gap.last_frame, gap.first_word, gap.last_word), strict=True)
        again = follow(inside, sound).words
        if len(again) == len(inside.words) and min(word.fit for word in again) > FAIR_FIT:
            found += [replace(word, insisted=True) for word in again]
    return replace(heard, words=tuple(sorted([*heard.words, *found], key=lambda word: word.start)))


def _holes(section: Section, heard: Heard) -> Iterator[_Gap]:
    last = section.first_word + len(section.words)
    frame, word = section.first_frame, section.first_word
    ends = [(after.start, after.end, after.word) for after in heard.words]
    for start, end, index in [*ends, (section.last_frame, section.last_frame, last)]:
        missing = index - word
        other = sum(max(0, min(b, start) - max(a, frame)) for a, b in heard.junk)
        if 0 < missing <= MOST_INSISTED and missing * FRAMES_A_WORD[0] <= other <= missing * FRAMES_A_WORD[1]:
            yield _Gap(frame, start, word, index)
        frame, word = end, index + 1


def _gaps(section: Section, words: Sequence[HeardWord], searched: int) -> Iterator[_Gap]:
    """Those of which enough is left after the frame up to which was searched."""
    frame, word = section.first_frame, section.first_word
    end = (section.last_frame, section.first_word + len(section.words))
    solid = [(run[0].start, run[0].word, run[-1].end, run[-1].word + 1) for run in _solid_runs(words)]
    for next_frame, next_word, after_frame, after_word in [*solid, (*end, *end)]:
        inside = sum(word <= heard.word < next_word for heard in words)
        wide = next_frame - max(frame, searched) >= GAP_FRAMES and next_word - word >= GAP_WORDS
        if wide and inside < LEAST_SHARE * (next_word - word):
            yield _Gap(frame, next_frame, word, next_word)
        frame, word = after_frame, after_word


def _solid_runs(words: Sequence[HeardWord]) -> Iterator[list[HeardWord]]:
    run: list[HeardWord] = []
    for word in words:
        if run and (word.word != run[-1].word + 1 or word.start - run[-1].end > LONGEST_GAP_FRAMES):
            if len(run) >= SOLID_WORDS:
                yield run
            run = []
        run.append(word)
    if len(run) >= SOLID_WORDS:
        yield run


def _search(section: Section, gap: _Gap, frame: int, probes: int) -> tuple[HeardWord | None, int, int]:
    """Listens here and there for a place where the text goes on; -> the word there, up to where it was searched, and
    how many probes are left."""
    while probes and frame < gap.last_frame - STEP_FRAMES // 2:
        probes -= 1
        run = longest_run(follow(_probe(section, gap, frame)).words)
        if len(run) >= PROBE_WORDS and sum(word.fit for word in run) >= PROBE_FIT * len(run):
            return run[0], run[-1].end, probes
        frame += STEP_FRAMES
    return None, (frame if not probes else gap.last_frame), probes


def _probe(section: Section, gap: _Gap, frame: int) -> Section:
    """Of a long text only what may be expected there: the more words to choose from, the more of them fit by chance."""
    share = (frame - gap.first_frame) / (gap.last_frame - gap.first_frame)
    middle = gap.first_word + int(share * (gap.last_word - gap.first_word))
    first = max(gap.first_word, middle - WORDS_AROUND)
    last = min(gap.last_word, middle + WORDS_AROUND)
    return _part(section, frame, min(frame + PROBE_FRAMES, gap.last_frame), first, last, anywhere=True)


def _follow_both_ways(section: Section, gap: _Gap, place: HeardWord) -> Heard:
    before = _part(section, gap.first_frame, place.start, gap.first_word, place.word)
    after = follow(_part(section, place.start, gap.last_frame, place.word, gap.last_word))
    if not before.words or before.last_frame - before.first_frame < GAP_FRAMES // 4:
        return after
    heard = follow(before)
    return replace(after, words=(*heard.words, *after.words), junk=(*heard.junk, *after.junk))


def _part(
    section: Section, first_frame: int, last_frame: int, first_word: int, last_word: int, *, anywhere: bool = False
) -> Section:
    words = section.words[first_word - section.first_word : last_word - section.first_word]
    return replace(
        section,
        first_frame=first_frame,
        last_frame=last_frame,
        first_word=first_word,
        words=words,
        anywhere=anywhere,
    )


def _replace(heard: Heard, gap: _Gap, mended: Heard) -> Heard:
    outside = [word for word in heard.words if word.end <= gap.first_frame or word.start >= gap.last_frame]
    words = sorted([*outside, *mended.words], key=lambda word: word.start)
    begin = min((word.start for word in mended.words), default=gap.first_frame)
    junk = [*(stretch for stretch in heard.junk if stretch[1] <= begin or stretch[0] >= gap.last_frame), *mended.junk]
    return replace(heard, words=tuple(words), junk=tuple(sorted(junk)))
