"""A second try for stretches of a section in which the way was lost: pages that were never read, long asides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from worker.engines.pocketsphinx.doubts import weigh_doubtful
from worker.engines.pocketsphinx.edges import sharpen
from worker.engines.pocketsphinx.planning import LONGEST_GAP_FRAMES, PROBE_FRAMES, longest_run
from worker.engines.pocketsphinx.sections import Heard, HeardWord, Section, Sound, follow, hear

SOLID_WORDS = 5  # in a row
GAP_FRAMES, GAP_WORDS = 800, 25  # a smaller gap is an ordinary difference between text and speech
LEAST_SHARE = 0.4  # of a gap's words heard: it is no gap
STEP_FRAMES = 800
MOST_PROBES = 12
FEWEST_PROBES = 3  # where nothing at all fitted: most likely the text of another recording
MOST_INSISTED = 4  # words
FRAMES_A_WORD = (12, 90)
FAIR_FIT, FAIR_FIT_ALONE = -1.2, -3.0  # of a single word between two that were heard, there is hardly a doubt


@dataclass(frozen=True, slots=True)
class _Gap:
    first_frame: int
    last_frame: int
    first_word: int
    last_word: int


def align_section(section: Section) -> Heard:
    sound = hear(section)
    heard = _find_words(section, sound)
    return sharpen(section, weigh_doubtful(section, heard, sound))


def _find_words(section: Section, sound: Sound) -> Heard:
    heard = _insist(section, follow(section, sound))
    probes = MOST_PROBES if any(_solid_runs(heard.words)) else FEWEST_PROBES
    for gap in _gaps(section, heard.words):
        mended, probes = _mend(section, gap, probes)
        if mended is not None:
            heard = _replace(heard, gap, mended)
    return heard


def _insist(section: Section, heard: Heard) -> Heard:
    """Words left out where something else seemed to be said, about as long as they would take: they may have been
    said unclearly. What fits fairly well when nothing else is allowed was."""
    found: list[HeardWord] = []
    for gap in _holes(section, heard):
        words = section.words[gap.first_word - section.first_word : gap.last_word - section.first_word]
        inside = replace(
            section,
            first_frame=gap.first_frame,
            last_frame=gap.last_frame,
            first_word=gap.first_word,
            words=words,
            anywhere=False,
            strict=True,
        )
        again = follow(inside).words
        fair = FAIR_FIT_ALONE if len(words) == 1 else FAIR_FIT
        if len(again) == len(words) and min(word.fit for word in again) > fair:
            found += again
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


def _gaps(section: Section, words: Sequence[HeardWord]) -> Iterator[_Gap]:
    frame, word = section.first_frame, section.first_word
    end = (section.last_frame, section.first_word + len(section.words))
    solid = [(run[0].start, run[0].word, run[-1].end, run[-1].word + 1) for run in _solid_runs(words)]
    for next_frame, next_word, after_frame, after_word in [*solid, (*end, *end)]:
        inside = sum(word <= heard.word < next_word for heard in words)
        wide = next_frame - frame >= GAP_FRAMES and next_word - word >= GAP_WORDS
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


def _mend(section: Section, gap: _Gap, probes: int) -> tuple[Heard | None, int]:
    """Listens here and there for a place where the text goes on, and follows it from there."""
    words = section.words[gap.first_word - section.first_word : gap.last_word - section.first_word]
    inside = replace(section, first_word=gap.first_word, words=words, anywhere=True)
    for frame in range(gap.first_frame, gap.last_frame - STEP_FRAMES // 2, STEP_FRAMES):
        if not probes:
            break
        probes -= 1
        probe = replace(inside, first_frame=frame, last_frame=min(frame + PROBE_FRAMES, gap.last_frame))
        run = longest_run(follow(probe).words)
        if len(run) >= SOLID_WORDS + 1:
            place = run[0].word - gap.first_word
            rest = replace(
                inside,
                first_frame=run[0].start,
                last_frame=gap.last_frame,
                first_word=run[0].word,
                words=words[place:],
                anywhere=False,
            )
            return follow(rest), probes
    return None, probes


def _replace(heard: Heard, gap: _Gap, mended: Heard) -> Heard:
    outside = [word for word in heard.words if word.end <= gap.first_frame or word.start >= gap.last_frame]
    words = sorted([*outside, *mended.words], key=lambda word: word.start)
    begin = min((word.start for word in mended.words), default=gap.first_frame)
    junk = [*(stretch for stretch in heard.junk if stretch[1] <= begin or stretch[0] >= gap.last_frame), *mended.junk]
    return replace(heard, words=tuple(words), junk=tuple(sorted(junk)))
