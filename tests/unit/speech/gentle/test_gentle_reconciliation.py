from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from syncline.core.alignment import NOT_FOUND_IN_AUDIO, NOT_FOUND_IN_TRANSCRIPT, SUCCESS, Phone, Word
from syncline.speech.gentle.reconciliation import (
    UNCHECKED_CONFIDENCE,
    UNCONFIRMED_CONFIDENCE,
    fill_gaps,
    with_confidence,
)


def word(index: int, start: float | None, end: float | None, **more: object) -> Word:
    case = NOT_FOUND_IN_AUDIO if start is None else SUCCESS
    return Word(case, "abc", start, end, index * 4, index * 4 + 3, None if start is None else "abc", **more)  # type: ignore[arg-type]


GENTLE = [word(0, 0.0, 0.5), word(1, None, None), word(2, None, None), word(3, 2.0, 2.5)]


def test_a_gap_is_filled_with_reference_words_that_fit() -> None:
    phones = (Phone("ae", 0.4),)
    reference = [word(1, 0.6, 1.0, phones=phones, confidence=0.9), word(2, 1.0, 1.9)]
    result = fill_gaps(GENTLE, reference, seconds=3)
    assert [(w.case, w.start, w.end) for w in result[1:3]] == [(SUCCESS, 0.6, 1.0), (SUCCESS, 1.0, 1.9)]
    assert (result[1].phones, result[1].confidence) == (phones, 0.9)
    assert (result[0], result[3]) == (GENTLE[0], GENTLE[3])


def test_reference_words_that_overlap_the_neighbours_are_not_used() -> None:
    reference = [word(1, 0.1, 0.4), word(2, 1.9, 2.3)]
    assert fill_gaps(GENTLE, reference, seconds=3) == GENTLE


def test_a_small_overlap_is_clipped() -> None:
    result = fill_gaps(GENTLE, [word(1, 0.48, 1.0), word(2, 1.5, 2.02)], seconds=3)
    assert [(w.start, w.end) for w in result[1:3]] == [(0.5, 1.0), (1.5, 2.0)]


def test_a_disfluency_in_the_gap_keeps_its_place() -> None:
    disfluency = Word(NOT_FOUND_IN_TRANSCRIPT, "um", 0.9, 1.2)
    words = [GENTLE[0], disfluency, *GENTLE[1:]]
    result = fill_gaps(words, [word(1, 0.6, 0.85), word(2, 1.3, 1.9)], seconds=3)
    assert [w.start for w in result] == [0.0, 0.9, None, 1.3, 2.0]


def test_one_reference_word_can_cover_two_of_gentles_tokens() -> None:
    whole = Word(SUCCESS, "abc,abc", 0.6, 1.8, 4, 11, "twelve")
    result = fill_gaps(GENTLE, [whole], seconds=3)
    assert [(w.start, w.end, w.aligned_word) for w in result[1:3]] == [(0.6, 1.2, "abc"), (1.2, 1.8, "abc")]


def test_an_unknown_word_is_rated_by_its_overlap() -> None:
    unknown = replace(word(0, 1.0, 2.0), aligned_word="<unk>")
    known = word(1, 2.0, 3.0)
    reference = [word(0, 1.5, 2.5)]
    assert [w.confidence for w in with_confidence([unknown, known], [])] == [UNCHECKED_CONFIDENCE, None]
    assert [w.confidence for w in with_confidence([unknown], reference)] == [1 / 3]
    assert [w.confidence for w in with_confidence([unknown], [word(1, 2.0, 3.0)])] == [UNCONFIRMED_CONFIDENCE]
    assert with_confidence([unknown], reference)[0].start == 1.0


SPANS = st.lists(st.one_of(st.none(), st.tuples(st.floats(0, 1), st.floats(0.05, 0.4))), min_size=1, max_size=25)


def words_of(spans: list[tuple[float, float] | None]) -> list[Word]:
    words, now = [], 0.0
    for index, span in enumerate(spans):
        if span is None:
            words.append(word(index, None, None))
        else:
            words.append(word(index, round(now + span[0], 3), round(now + span[0] + span[1], 3)))
            now = words[-1].end or now
    return words


@given(SPANS, SPANS)
def test_filling_only_adds_words_and_keeps_them_in_order(one: list, other: list) -> None:
    gentle, reference = words_of(one), words_of(other)
    result = fill_gaps(gentle, reference, seconds=40)
    assert all(after == before for before, after in zip(gentle, result, strict=True) if before.aligned)
    timed = [(w.start, w.end) for w in result if w.start is not None and w.end is not None]
    assert all(start < end for start, end in timed)
    assert all(left[1] <= right[0] for left, right in pairwise(timed))
