from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from syncline.core.alignment import NOT_FOUND_IN_AUDIO, NOT_FOUND_IN_TRANSCRIPT, SUCCESS, Phone, Word
from syncline.speech.gentle.validation import shifted, tokens, validated

TEXT = "Down, down, down: don’t stop at 8:00!"


def found(token: Word, start: float, end: float, **more: object) -> Word:
    return Word(
        SUCCESS,
        token.word,
        start,
        end,
        token.start_offset,
        token.end_offset,
        token.word.lower(),
        **more,  # type: ignore[arg-type]
    )


def all_found() -> list[Word]:
    return [found(token, index * 0.5, index * 0.5 + 0.4) for index, token in enumerate(tokens(TEXT))]


def test_tokens_are_gentles() -> None:
    assert [token.word for token in tokens(TEXT)] == ["Down", "down", "down", "don’t", "stop", "at", "8", "00"]
    assert all(TEXT[token.start_offset : token.end_offset] == token.word for token in tokens(TEXT))


def test_a_valid_result_is_unchanged() -> None:
    assert validated(all_found(), TEXT, seconds=10) == all_found()


def test_after_an_empty_result_no_word_is_found() -> None:
    words = validated([], TEXT, seconds=10)
    assert [(word.word, word.case) for word in words] == [(token.word, NOT_FOUND_IN_AUDIO) for token in tokens(TEXT)]


def test_tokens_that_gentle_left_out_are_inserted() -> None:
    words = all_found()
    assert [word.word for word in validated(words[:2] + words[4:], TEXT, seconds=10)] == [word.word for word in words]


def test_impossible_times_are_rejected() -> None:
    words = all_found()
    impossible = [(-3.0, -2.0), (1.0, 99.0), (float("nan"), 1.2), (2.0, 2.0), (2.5, float("inf"))]
    for index, (start, end) in enumerate(impossible):
        words[index] = found(words[index], start, end)
    cases = [word.case for word in validated(words, TEXT, seconds=10)]
    assert cases == [NOT_FOUND_IN_AUDIO] * 5 + [SUCCESS] * 3


def test_a_time_just_beyond_the_end_is_clipped() -> None:
    words = all_found()
    words[-1] = found(words[-1], 3.5, 4.03)
    assert validated(words, TEXT, seconds=4.0)[-1].end == 4.0


def test_only_the_word_out_of_order_is_rejected() -> None:
    words = all_found()
    words[1] = found(words[1], 3.9, 4.0)
    assert [word.case for word in validated(words, TEXT, seconds=10)].index(NOT_FOUND_IN_AUDIO) == 1
    assert sum(word.aligned for word in validated(words, TEXT, seconds=10)) == len(words) - 1


def test_a_word_that_overlaps_the_next_is_clipped_with_its_phones() -> None:
    words = all_found()
    words[0] = found(words[0], 0.1, 0.6, phones=(Phone("d_B", 0.3), Phone("aw_I", 0.15), Phone("n_E", 0.05)))
    first = validated(words, TEXT, seconds=10)[0]
    assert (first.start, first.end) == (0.1, 0.5)
    assert sum(phone.duration for phone in first.phones) == 0.4


def test_a_disfluency_is_kept_only_between_its_neighbours() -> None:
    def disfluency(start: float, end: float) -> Word:
        return Word(NOT_FOUND_IN_TRANSCRIPT, "um", start, end)

    words = all_found()
    kept = validated([words[0], disfluency(0.41, 0.49), *words[1:]], TEXT, seconds=10)
    assert [word.word for word in kept][:3] == ["Down", "um", "down"]
    kept = validated([words[0], disfluency(2.0, 2.4), *words[1:]], TEXT, seconds=10)
    assert [word.word for word in kept] == [word.word for word in words]


def test_offsets_that_are_not_a_tokens_are_rejected() -> None:
    wrong = [Word(SUCCESS, "Down", 1.0, 1.4, 2, 5, "down"), Word(SUCCESS, "down", 1.5, 1.8, None, None, "down")]
    assert validated(wrong, TEXT, seconds=10) == tokens(TEXT)


def test_a_chunk_is_shifted_to_its_place() -> None:
    [word, *_] = shifted(all_found(), seconds=100.0, offset=1000)
    assert (word.start, word.end, word.start_offset, word.end_offset) == (100.0, 100.4, 1000, 1004)


TIMES = st.one_of(st.none(), st.floats(), st.floats(-1, 12))
WILD = st.lists(
    st.builds(
        Word,
        st.sampled_from([SUCCESS, NOT_FOUND_IN_AUDIO, NOT_FOUND_IN_TRANSCRIPT]),
        st.sampled_from(["down", "um"]),
        TIMES,
        TIMES,
        st.one_of(st.none(), st.integers(0, 40), st.sampled_from([token.start_offset for token in tokens(TEXT)])),
        st.one_of(st.none(), st.integers(0, 40)),
        st.one_of(st.none(), st.just("down")),
        st.lists(st.builds(Phone, st.just("d_B"), st.floats()), max_size=3).map(tuple),
    ),
    max_size=30,
)


@settings(deadline=None)
@given(WILD)
def test_the_invariants_hold_for_any_result(words: list[Word]) -> None:
    result = validated(words, TEXT, seconds=10.0)
    own = [word for word in result if word.case != NOT_FOUND_IN_TRANSCRIPT]
    assert [(word.word, word.start_offset, word.end_offset) for word in own] == [
        (token.word, token.start_offset, token.end_offset) for token in tokens(TEXT)
    ]
    timed = [(word.start, word.end) for word in result if word.start is not None and word.end is not None]
    assert all(0 <= start < end <= 10 for start, end in timed)
    assert all(left[1] <= right[0] for left, right in pairwise(timed))
    assert all(word.start is None for word in result if word.case == NOT_FOUND_IN_AUDIO)
    assert all(word.start is not None for word in result if word.case != NOT_FOUND_IN_AUDIO)
