"""Align a section completely: decode it, then search again where the first pass lost its place in the transcript.

Three corrections follow the first pass:

- One to four words that it skipped, where it found a filler about as long as they take, are decoded once more with
  higher penalties (`_second_pass`): they may have been spoken unclearly.
- In a gap, a stretch in which many words and much time remain unaligned, probes look for a place where the transcript
  continues (`_search_gap`). The gap is then decoded before and after that place.
- If music or other sound fills so much of the section that it distorts the mean that normalisation subtracts,
  everything is decoded once more, normalised by the frames of speech that were found.

Rescoring of short words and edge refinement complete the section.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from syncline.speech.pocketsphinx.confidence import score_confidence
from syncline.speech.pocketsphinx.decoding import SectionFeatures, decode_section, extract_features
from syncline.speech.pocketsphinx.edge_refinement import refine_edges
from syncline.speech.pocketsphinx.hypotheses import AlignedSection, Section, WordHypothesis
from syncline.speech.pocketsphinx.rescoring import rescore_short_words
from syncline.speech.pocketsphinx.sectioning import LONGEST_GAP_FRAMES, PROBE_FRAMES, longest_run

SOLID_WORDS = 5  # in a row; fewer can be chance
GAP_FRAMES, GAP_WORDS = 800, 25  # a smaller gap is an ordinary difference between transcript and speech
GAP_SHARE = 0.4  # of a gap's words may be aligned; with more it is not a gap
STEP_FRAMES = 800
MOST_PROBES = 24
FEWEST_PROBES = 3  # if the first pass aligned nothing: most likely the transcript belongs to another recording
PROBE_WORDS, PROBE_LLR = 4, 0.5  # in a row, and their mean, to continue from there
WORDS_AROUND = 150
CREDIBLE = 0.5  # confidence
MOST_SECOND_PASS_WORDS = 4
FRAMES_PER_WORD = (6, 90)
SECOND_PASS_LLR = -4.0
FEWEST_SPEECH_FRAMES = 150  # needed to estimate a speaker's mean
FAR_FROM_MEAN = 0.35  # silence around a sentence causes up to 0.3, which is harmless


@dataclass(frozen=True, slots=True)
class Gap:
    first_frame: int
    last_frame: int
    first_word: int
    last_word: int


def align_section(section: Section) -> AlignedSection:
    extracted = extract_features(section)
    aligned = _decode_and_recover(section, extracted)
    speech = _speech_frames(section, _credible_words(section, aligned))
    if speech.sum() >= FEWEST_SPEECH_FRAMES and extracted.distance_from_mean(speech) > FAR_FROM_MEAN:
        extracted = extracted.centred_on(speech)
        aligned = _decode_and_recover(section, extracted)
    return refine_edges(section, rescore_short_words(section, aligned, extracted))


def _speech_frames(section: Section, words: Sequence[WordHypothesis]) -> NDArray[np.bool_]:
    """The frames of words and of the short pauses between them."""
    speech = np.zeros(section.last_frame - section.first_frame, bool)
    begin = end = section.first_frame
    for word in words:
        begin = end if word.start - end <= LONGEST_GAP_FRAMES else word.start
        end = word.end
        speech[begin - section.first_frame : end - section.first_frame] = True
    return speech


def _decode_and_recover(section: Section, extracted: SectionFeatures) -> AlignedSection:
    aligned = _second_pass(section, decode_section(section, extracted), extracted)
    probes = MOST_PROBES if any(_solid_runs(aligned.words)) else FEWEST_PROBES
    searched = section.first_frame
    while probes and (gap := next(find_gaps(section, _credible_words(section, aligned), searched), None)):
        place, searched, probes = _search_gap(section, gap, max(searched, gap.first_frame), probes)
        if place is not None:
            aligned = _replace_gap(aligned, gap, _decode_around(section, gap, place))
    return aligned


def _credible_words(section: Section, aligned: AlignedSection) -> list[WordHypothesis]:
    """Where the decoder lost its place, chance aligns a few words in a row. Confidence tells them apart."""
    return [
        scored.word
        for scored in score_confidence([aligned], words=section.first_word + len(section.words))
        if scored.confidence >= CREDIBLE
    ]


def _second_pass(section: Section, aligned: AlignedSection, extracted: SectionFeatures) -> AlignedSection:
    found: list[WordHypothesis] = []
    for gap in _skipped_words(section, aligned):
        inside = _part(section, gap.first_frame, gap.last_frame, gap.first_word, gap.last_word)
        words = decode_section(replace(inside, strict=True), extracted).words
        if len(words) == len(inside.words) and min(word.llr for word in words) > SECOND_PASS_LLR:
            found += [replace(word, second_pass=True) for word in words]
    return replace(aligned, words=tuple(sorted([*aligned.words, *found], key=lambda word: word.start)))


def _skipped_words(section: Section, aligned: AlignedSection) -> Iterator[Gap]:
    """Skipped words with a filler in their place, about as long as they take."""
    last = section.first_word + len(section.words)
    frame, word = section.first_frame, section.first_word
    following = [(after.start, after.end, after.word) for after in aligned.words]
    for start, end, index in [*following, (section.last_frame, section.last_frame, last)]:
        missing = index - word
        filled = sum(max(0, min(stop, start) - max(begin, frame)) for begin, stop in aligned.fillers)
        plausible = missing * FRAMES_PER_WORD[0] <= filled <= missing * FRAMES_PER_WORD[1]
        if 0 < missing <= MOST_SECOND_PASS_WORDS and plausible:
            yield Gap(frame, start, word, index)
        frame, word = end, index + 1


def find_gaps(section: Section, words: Sequence[WordHypothesis], searched: int) -> Iterator[Gap]:
    """The gaps of which enough remains after frame `searched`, up to which probes have looked."""
    frame, word = section.first_frame, section.first_word
    end = (section.last_frame, section.first_word + len(section.words))
    solid = [(run[0].start, run[0].word, run[-1].end, run[-1].word + 1) for run in _solid_runs(words)]
    for next_frame, next_word, after_frame, after_word in [*solid, (*end, *end)]:
        inside = sum(word <= other.word < next_word for other in words)
        wide = next_frame - max(frame, searched) >= GAP_FRAMES and next_word - word >= GAP_WORDS
        if wide and inside < GAP_SHARE * (next_word - word):
            yield Gap(frame, next_frame, word, next_word)
        frame, word = after_frame, after_word


def _solid_runs(words: Sequence[WordHypothesis]) -> Iterator[list[WordHypothesis]]:
    run: list[WordHypothesis] = []
    for word in words:
        if run and (word.word != run[-1].word + 1 or word.start - run[-1].end > LONGEST_GAP_FRAMES):
            if len(run) >= SOLID_WORDS:
                yield run
            run = []
        run.append(word)
    if len(run) >= SOLID_WORDS:
        yield run


def _search_gap(section: Section, gap: Gap, frame: int, probes: int) -> tuple[WordHypothesis | None, int, int]:
    """Decode probes until one finds a place where the transcript continues.

    Returns the word at that place, the frame up to which probes have looked, and how many probes are left.
    """
    while probes and frame < gap.last_frame - STEP_FRAMES // 2:
        probes -= 1
        run = longest_run(decode_section(_probe(section, gap, frame)).words)
        if len(run) >= PROBE_WORDS and sum(word.llr for word in run) >= PROBE_LLR * len(run):
            return run[0], run[-1].end, probes
        frame += STEP_FRAMES
    return None, (frame if not probes else gap.last_frame), probes


def _probe(section: Section, gap: Gap, frame: int) -> Section:
    """Only the words expected around the frame: the more words to choose from, the more of them fit by chance."""
    share = (frame - gap.first_frame) / (gap.last_frame - gap.first_frame)
    middle = gap.first_word + int(share * (gap.last_word - gap.first_word))
    first = max(gap.first_word, middle - WORDS_AROUND)
    last = min(gap.last_word, middle + WORDS_AROUND)
    return _part(section, frame, min(frame + PROBE_FRAMES, gap.last_frame), first, last, start_anywhere=True)


def _decode_around(section: Section, gap: Gap, place: WordHypothesis) -> AlignedSection:
    """Decode the gap up to the place and from it on."""
    before = _part(section, gap.first_frame, place.start, gap.first_word, place.word)
    after = decode_section(_part(section, place.start, gap.last_frame, place.word, gap.last_word))
    if not before.words or before.last_frame - before.first_frame < GAP_FRAMES // 4:
        return after
    aligned = decode_section(before)
    return replace(after, words=(*aligned.words, *after.words), fillers=(*aligned.fillers, *after.fillers))


def _part(
    section: Section,
    first_frame: int,
    last_frame: int,
    first_word: int,
    last_word: int,
    *,
    start_anywhere: bool = False,
) -> Section:
    return replace(
        section,
        first_frame=first_frame,
        last_frame=last_frame,
        first_word=first_word,
        words=section.words[first_word - section.first_word : last_word - section.first_word],
        start_anywhere=start_anywhere,
    )


def _replace_gap(aligned: AlignedSection, gap: Gap, recovered: AlignedSection) -> AlignedSection:
    outside = [word for word in aligned.words if word.end <= gap.first_frame or word.start >= gap.last_frame]
    words = sorted([*outside, *recovered.words], key=lambda word: word.start)
    begin = min((word.start for word in recovered.words), default=gap.first_frame)
    fillers = [filler for filler in aligned.fillers if filler[1] <= begin or filler[0] >= gap.last_frame]
    return replace(aligned, words=tuple(words), fillers=tuple(sorted([*fillers, *recovered.fillers])))
