from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncline.core.alignment import NOT_FOUND_IN_AUDIO, NOT_FOUND_IN_TRANSCRIPT, SUCCESS, Phone, Word
from syncline.speech.gentle.reconciliation import (
    CONTRADICTED_CONFIDENCE,
    UNCHECKED_CONFIDENCE,
    UNCHECKED_UNKNOWN_CONFIDENCE,
    UNCONFIRMED_CONFIDENCE,
    reconcile,
    unchecked,
)


def word(index: int, start: float | None, end: float | None, **more: object) -> Word:
    case = NOT_FOUND_IN_AUDIO if start is None else SUCCESS
    return Word(case, "abc", start, end, index * 4, index * 4 + 3, None if start is None else "abc", **more)  # type: ignore[arg-type]


GENTLE = [word(0, 0.0, 0.5), word(1, None, None), word(2, None, None), word(3, 2.0, 2.5)]
NEIGHBOURS = [word(0, 0.0, 0.5, confidence=0.97), word(3, 2.0, 2.5, confidence=0.97)]


def times(words: list[Word]) -> list[tuple[float | None, float | None]]:
    return [(each.start, each.end) for each in words]


def test_a_gap_is_filled_from_the_reference() -> None:
    phones = (Phone("ae", 0.4),)
    reference = [*NEIGHBOURS, word(1, 0.6, 1.0, phones=phones, confidence=0.5), word(2, 1.0, 1.9, confidence=0.6)]
    result = reconcile(GENTLE, reference)
    assert times(result.words) == [(0.0, 0.5), (0.6, 1.0), (1.0, 1.9), (2.0, 2.5)]
    assert (result.words[1].phones, result.words[1].confidence) == (phones, 0.5)
    assert result.repaired == 2


def test_a_small_overlap_is_clipped_from_the_reference_word() -> None:
    reference = [*NEIGHBOURS, word(1, 0.44, 1.0, confidence=0.9), word(2, 1.5, 2.06, confidence=0.9)]
    assert times(reconcile(GENTLE, reference).words) == [(0.0, 0.5), (0.5, 1.0), (1.5, 2.0), (2.0, 2.5)]


def test_a_gap_stays_where_the_reference_contradicts_confirmed_neighbours() -> None:
    reference = [*NEIGHBOURS, word(1, 0.1, 0.4, confidence=0.99), word(2, 2.1, 2.6, confidence=0.99)]
    result = reconcile(GENTLE, reference)
    assert times(result.words) == [(0.0, 0.5), (None, None), (None, None), (2.0, 2.5)]
    assert result.repaired == 0


def test_a_confirmed_word_has_the_confidence_of_the_reference_and_its_own_times() -> None:
    [result] = reconcile([word(0, 1.0, 1.5)], [word(0, 1.2, 1.4, confidence=0.93)]).words
    assert (result.start, result.end, result.confidence) == (1.0, 1.5, 0.93)


def test_a_word_that_the_reference_does_not_contain_is_unconfirmed() -> None:
    [result, _] = reconcile([word(0, 1.0, 1.5), word(1, 2, 3)], [word(1, 2, 3, confidence=0.9)]).words
    assert (result.start, result.confidence) == (1.0, UNCONFIRMED_CONFIDENCE)


@pytest.mark.parametrize(("confidence", "start"), [(0.95, 3.0), (0.6, 1.0), (None, 1.0)])
def test_only_a_sure_reference_replaces_a_contradicted_word(confidence: float | None, start: float) -> None:
    result = reconcile([word(0, 1.0, 1.5)], [word(0, 3.0, 3.5, confidence=confidence)])
    assert result.words[0].start == start
    assert result.words[0].confidence == (confidence if start == 3.0 else CONTRADICTED_CONFIDENCE)
    assert result.repaired == (start == 3.0)


def test_an_unknown_word_that_took_the_wrong_sound_is_replaced() -> None:
    unknown = replace(word(0, 1.0, 4.0), aligned_word="<unk>")
    result = reconcile([unknown], [word(0, 1.0, 1.5, confidence=0.95)])
    assert (result.words[0].end, result.words[0].aligned_word) == (1.5, "abc")


def test_a_sure_reference_displaces_the_unconfirmed_word_in_its_place() -> None:
    gentle = [word(0, 1.0, 1.5), word(1, 3.0, 3.5)]
    result = reconcile(gentle, [word(1, 1.0, 1.5, confidence=0.95)])
    assert times(result.words) == [(None, None), (1.0, 1.5)]


def test_a_disfluency_in_a_gap_keeps_its_place() -> None:
    disfluency = Word(NOT_FOUND_IN_TRANSCRIPT, "um", 0.9, 1.2)
    words = [GENTLE[0], disfluency, *GENTLE[1:]]
    reference = [*NEIGHBOURS, word(1, 1.3, 1.5, confidence=0.9), word(2, 1.6, 1.9, confidence=0.9)]
    assert [w.start for w in reconcile(words, reference).words] == [0.0, 0.9, 1.3, 1.6, 2.0]


def test_a_disfluency_is_dropped_where_the_reference_has_a_word() -> None:
    disfluency = Word(NOT_FOUND_IN_TRANSCRIPT, "um", 0.9, 1.2)
    words = [GENTLE[0], GENTLE[1], disfluency, *GENTLE[2:]]
    reference = [*NEIGHBOURS, word(1, 0.8, 1.3, confidence=0.9)]
    assert times(reconcile(words, reference).words) == [(0.0, 0.5), (0.8, 1.3), (None, None), (2.0, 2.5)]


def test_one_reference_word_can_cover_two_of_gentles_tokens() -> None:
    whole = Word(SUCCESS, "abc,abc", 0.6, 1.8, 4, 11, "twelve", confidence=0.95)
    result = reconcile(GENTLE, [*NEIGHBOURS, whole]).words
    assert [(w.start, w.end, w.aligned_word) for w in result[1:3]] == [(0.6, 1.2, "abc"), (1.2, 1.8, "abc")]


def test_a_part_of_a_reference_word_contradicts_only_what_is_outside_the_whole() -> None:
    whole = Word(SUCCESS, "abc,abc", 0.6, 3.6, 4, 11, "twelve", confidence=0.95)
    inside, outside = word(1, 0.6, 0.8), word(2, 5.0, 5.5)
    result = reconcile([inside, outside], [whole])
    assert times(result.words) == [(0.6, 0.8), (2.1, 3.6)]
    assert result.repaired == 1


def test_without_a_reference_words_are_rated_by_their_kind() -> None:
    words = [word(0, 1.0, 2.0), replace(word(1, 2.0, 3.0), aligned_word="<unk>"), word(2, None, None)]
    expected = [UNCHECKED_CONFIDENCE, UNCHECKED_UNKNOWN_CONFIDENCE, None]
    assert [w.confidence for w in unchecked(words).words] == expected


SPAN = st.tuples(st.floats(0, 1), st.floats(0.05, 0.4), st.floats(0, 1))
SPANS = st.lists(st.one_of(st.none(), SPAN), min_size=1, max_size=25)


def words_of(spans: list[tuple[float, float, float] | None]) -> list[Word]:
    words, now = [], 0.0
    for index, span in enumerate(spans):
        if span is None:
            words.append(word(index, None, None))
        else:
            start = now + span[0]
            words.append(word(index, round(start, 3), round(start + span[1], 3), confidence=span[2]))
            now = words[-1].end or now
    return words


@settings(deadline=None)
@given(SPANS, SPANS)
def test_the_result_is_complete_in_order_and_rated(one: list, other: list) -> None:
    gentle, reference = [replace(each, confidence=None) for each in words_of(one)], words_of(other)
    result = reconcile(gentle, reference).words
    assert [each.start_offset for each in result] == [each.start_offset for each in gentle]
    timed = [(each.start, each.end) for each in result if each.start is not None and each.end is not None]
    assert all(start < end for start, end in timed)
    assert all(left[1] <= right[0] for left, right in pairwise(timed))
    assert all(each.confidence is not None for each in result if each.aligned)
