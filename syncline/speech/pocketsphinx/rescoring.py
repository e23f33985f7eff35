"""Rescore suspiciously short words.

The decoder's skip penalty is higher than the cost of squeezing a word into three frames, so words that were never
spoken can survive. For each word much shorter than the model expects, compare the path with and without it: the
difference is the word's gain, which enters its confidence.
"""

from __future__ import annotations

from dataclasses import replace

from syncline.speech.pocketsphinx.acoustic_model import shared_model
from syncline.speech.pocketsphinx.decoding import SectionFeatures, score_words
from syncline.speech.pocketsphinx.decoding_graph import Pronunciation, likeliest_phones
from syncline.speech.pocketsphinx.hypotheses import AlignedSection, Section, WordHypothesis

SHORT_FACTOR = 1.5  # how many times shorter than the model expects of the word's longest pronunciation


def rescore_short_words(section: Section, aligned: AlignedSection, extracted: SectionFeatures) -> AlignedSection:
    words = list(aligned.words)
    for index, word in enumerate(aligned.words):
        before = [other for other in aligned.words[max(0, index - 1) : index] if _adjacent(other, word)]
        after = [other for other in aligned.words[index + 1 : index + 2] if _adjacent(word, other)]
        if (before or after) and _is_short(section, word):
            words[index] = replace(word, gain=_gain(section, before, word, after, extracted))
    return replace(aligned, words=tuple(words))


def _adjacent(word: WordHypothesis, following: WordHypothesis) -> bool:
    return word.end == following.start and word.word + 1 == following.word


def _is_short(section: Section, word: WordHypothesis) -> bool:
    expected = shared_model().expected_frames
    pronunciations = section.words[word.word - section.first_word]
    longest = max(sum(expected[phone] for phone in likeliest_phones(each)) for each in pronunciations)
    return longest > SHORT_FACTOR * (word.end - word.start)


def _gain(
    section: Section,
    before: list[WordHypothesis],
    word: WordHypothesis,
    after: list[WordHypothesis],
    extracted: SectionFeatures,
) -> float:
    with_word = [*before, word, *after]
    score = sum(each.llr * (each.end - each.start) for each in with_word)
    neighbours: list[tuple[Pronunciation, ...]] = [
        (section.words[each.word - section.first_word][each.pronunciation],) for each in (*before, *after)
    ]
    return score - score_words(neighbours, extracted.between(with_word[0].start, with_word[-1].end))
