"""Decode one section: extract its features, search its decoding graph, turn the state path into word hypotheses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from syncline.speech.pocketsphinx import features
from syncline.speech.pocketsphinx.acoustic_model import shared_model
from syncline.speech.pocketsphinx.band_reconstruction import compute_cepstra
from syncline.speech.pocketsphinx.decoding_graph import (
    FILLER,
    MOST_PRONUNCIATIONS,
    DecodingGraph,
    Pronunciation,
    build_graph,
)
from syncline.speech.pocketsphinx.features import Floats
from syncline.speech.pocketsphinx.hypotheses import AlignedSection, PhoneSegment, Section, WordHypothesis
from syncline.speech.pocketsphinx.search_settings import SearchSettings
from syncline.speech.pocketsphinx.viterbi import StatePath, ViterbiDecoder, runs

LEAD_FRAMES = 300  # read before a section, so that noise suppression has settled when it begins
CONTEXT_FRAMES = 1_500  # read for a shorter section, to normalise over enough of the speaker and the channel
# In noise even the right words fit badly, so a filler's frames cost more: nats per unit of noise.
FILLER_PENALTY_OF_NOISE = 1.5
# English phones fit the sounds of another language less well, and much less in noise and over a telephone. Both ways of
# departing from the transcript cost more then: if only fillers did, the search would skip words and lose its place.
CROSS_LINGUAL_PENALTY = 4.0  # nats, of each frame of a filler
CROSS_LINGUAL_SKIP_PENALTY, CROSS_LINGUAL_SKIP_PER_NOISE = 140.0, 300.0  # of a skip arc
NOISE_OF_EMPTY_BANDS = 2.0  # the noise to which a recording with no band at all would correspond
LONGEST_FINAL_PHONE = 22  # frames; a longer one before a pause may contain part of the pause
PROHIBITIVE = 1e5  # nats
CLEAR_DROP, QUIET_SHARE = 15.0, 0.4  # of the first cepstrum, which follows loudness


@dataclass(frozen=True, slots=True)
class SectionFeatures:
    """Normalised cepstra of a section, or of a part of it."""

    first_frame: int
    cepstra: Floats
    noise: float

    def between(self, first_frame: int, last_frame: int) -> SectionFeatures:
        begin, end = first_frame - self.first_frame, last_frame - self.first_frame
        return SectionFeatures(first_frame, self.cepstra[begin:end], self.noise)

    def distance_from_mean(self, speech: NDArray[np.bool_]) -> float:
        """How far the mean of the speech frames lies from the overall mean, in standard deviations of clean speech.

        Normalisation assumes that the two are the same.
        """
        difference = self.cepstra[speech].mean(axis=0) - self.cepstra.mean(axis=0)
        return float(np.sqrt(((difference / features.CLEAN_DEVIATION) ** 2).mean()))

    def centred_on(self, speech: NDArray[np.bool_]) -> SectionFeatures:
        """Normalised by the mean of the speech frames only."""
        return replace(self, cepstra=self.cepstra - self.cepstra[speech].mean(axis=0))


def extract_features(section: Section) -> SectionFeatures:
    missing = max(0, CONTEXT_FRAMES - (section.last_frame - section.first_frame))
    begin = max(0, section.first_frame - max(LEAD_FRAMES, missing))
    end = section.last_frame + missing // 2
    cepstra, empty_share = compute_cepstra(features.read_samples(section.path, section.samples, begin, end))
    normalised, noise = features.normalise(cepstra) if len(cepstra) else (cepstra, 0.0)
    extracted = SectionFeatures(begin, normalised, max(noise, empty_share * NOISE_OF_EMPTY_BANDS))
    return extracted.between(section.first_frame, section.last_frame)


def decode_section(section: Section, extracted: SectionFeatures | None = None) -> AlignedSection:
    """`extracted`: features that cover the section, so that they are not extracted again."""
    model = shared_model()
    extracted = (extracted or extract_features(section)).between(section.first_frame, section.last_frame)
    graph = build_graph(model, section.words)
    settings = _settings(section, extracted.noise)
    streams = features.with_differences(extracted.cepstra)
    path = ViterbiDecoder(model, graph, settings).decode(streams, start_anywhere=section.start_anywhere)
    words = _word_hypotheses(section, graph, path, settings, loudness=extracted.cepstra[:, 0])
    fillers = tuple(_fillers(section, graph, path))
    return AlignedSection(tuple(words), fillers, extracted.noise, section.cross_lingual)


def score_words(words: Sequence[tuple[Pronunciation, ...]], extracted: SectionFeatures) -> float:
    """Force-align exactly these words, without skips or fillers.

    Returns the log-likelihood ratio summed over all frames, comparable with a sum of WordHypothesis.llr times frames.
    """
    settings = SearchSettings(skip_penalty=PROHIBITIVE, filler_penalty=PROHIBITIVE)
    graph = build_graph(shared_model(), words)
    path = ViterbiDecoder(shared_model(), graph, settings).decode(features.with_differences(extracted.cepstra))
    return float((path.llr - settings.filler_frame_penalty).sum())


def _settings(section: Section, noise: float) -> SearchSettings:
    settings = SearchSettings()
    if section.cross_lingual:
        skip_penalty = CROSS_LINGUAL_SKIP_PENALTY + CROSS_LINGUAL_SKIP_PER_NOISE * noise
        settings = replace(settings, skip_penalty=skip_penalty)
    if section.strict:
        settings = replace(
            settings,
            skip_penalty=settings.skip_penalty * 2,
            filler_penalty=settings.filler_penalty * 2,
            filler_frame_penalty=settings.filler_frame_penalty + 1.0,
        )
    penalty = settings.filler_frame_penalty + FILLER_PENALTY_OF_NOISE * noise
    return replace(settings, filler_frame_penalty=penalty + CROSS_LINGUAL_PENALTY * section.cross_lingual)


def _fillers(section: Section, graph: DecodingGraph, path: StatePath) -> Iterator[tuple[int, int]]:
    for senone, begin, end in runs(graph.senone[path.states]):
        if senone == FILLER:
            yield section.first_frame + begin, section.first_frame + end


def _word_hypotheses(
    section: Section, graph: DecodingGraph, path: StatePath, settings: SearchSettings, *, loudness: Floats
) -> Iterator[WordHypothesis]:
    in_word = graph.phone_position[path.states] >= 0
    numbered = graph.word[path.states] * MOST_PRONUNCIATIONS + graph.pronunciation[path.states]
    latest = -1
    for number, begin, end in runs(np.where(in_word, numbered, -1)):
        word, pronunciation = divmod(number, MOST_PRONUNCIATIONS)
        if number < 0 or word <= latest:  # a path committed before it was certain may go back
            continue
        latest = word
        if end == len(in_word) or not in_word[end]:
            end = _without_silence(graph, path, begin, end, loudness)
        phones, llrs = [], []
        for _, first, last in runs(graph.phone_position[path.states[begin:end]]):
            phones.append(PhoneSegment(int(graph.phone[path.states[begin + first]]), last - first))
            llrs.append(float(path.llr[begin + first : begin + last].mean()) - settings.filler_frame_penalty)
        llr = float(path.llr[begin:end].mean()) - settings.filler_frame_penalty
        start = section.first_frame + begin
        yield WordHypothesis(
            section.first_word + word, start, start + end - begin, pronunciation, tuple(phones), llr, min(llrs)
        )


def _without_silence(graph: DecodingGraph, path: StatePath, begin: int, end: int, loudness: Floats) -> int:
    """Cut digital silence off a word's last phone.

    Digital silence resembles nothing in the training data, so the model may take it for the end of a soft phone.
    """
    positions = graph.phone_position[path.states[begin:end]]
    first = begin + int(np.flatnonzero(positions == positions[-1])[0])
    if end - first <= LONGEST_FINAL_PHONE:
        return end
    levels = loudness[first:end]
    loudest = int(np.argmax(levels))
    quiet = levels[loudest:] < levels.min() + QUIET_SHARE * (levels.max() - levels.min())
    if levels.max() - levels.min() < CLEAR_DROP or not quiet.any():
        return end
    return max(first + loudest + int(np.argmax(quiet)), first + 3)
