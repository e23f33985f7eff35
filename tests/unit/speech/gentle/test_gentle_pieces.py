from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from syncline.core.alignment import NOT_FOUND_IN_AUDIO, SUCCESS, Word
from syncline.speech.gentle.pieces import RUN_OF_WORDS, cut


def spoken(count: int, *, pauses: dict[int, float]) -> list[Word]:
    """Words of half a second and three letters; `pauses` says how long the silence before a word is."""
    words, now = [], 0.0
    for index in range(count):
        now += pauses.get(index, 0.0)
        words.append(Word(SUCCESS, "abc", now, now + 0.5, index * 4, index * 4 + 3))
        now += 0.5
    return words


def lost(word: Word) -> Word:
    return Word(NOT_FOUND_IN_AUDIO, word.word, start_offset=word.start_offset, end_offset=word.end_offset)


def test_a_short_recording_is_one_piece() -> None:
    [piece] = cut(spoken(20, pauses={}), seconds=10, characters=80, at_most_seconds=10)
    assert (piece.start, piece.end, piece.start_offset, piece.end_offset) == (0, 10, 0, 80)


def test_it_is_cut_in_the_longest_late_pause_before_the_limit() -> None:
    words = spoken(60, pauses={14: 0.9, 30: 0.3, 34: 0.5, 36: 0.3})
    first, second = cut(words, seconds=32.0, characters=240, at_most_seconds=20)
    assert words[33].end < first.end < words[34].start
    assert first.end_offset == second.start_offset == words[34].start_offset
    assert (second.end, second.end_offset) == (32.0, 240)


def test_it_is_not_cut_beside_words_that_were_not_found() -> None:
    words = spoken(60, pauses={30: 0.6, 20: 0.3})
    words[30 + RUN_OF_WORDS - 1] = lost(words[30 + RUN_OF_WORDS - 1])
    first, *_ = cut(words, seconds=30.9, characters=240, at_most_seconds=20)
    assert first.end_offset == words[20].start_offset


def test_without_a_safe_place_a_piece_grows_until_the_next_one() -> None:
    words = spoken(100, pauses={60: 0.5})
    first, second = cut(words, seconds=50.5, characters=400, at_most_seconds=20)
    assert first.end_offset == words[60].start_offset
    assert second.end_offset == 400


def test_without_any_anchor_it_stays_whole() -> None:
    assert len(cut([], seconds=5000, characters=10, at_most_seconds=600)) == 1


@given(
    st.lists(st.tuples(st.floats(0, 1.5), st.booleans()), max_size=120),
    st.floats(2, 60),
)
def test_pieces_are_the_whole_and_no_word_is_cut(shape: list[tuple[float, bool]], limit: float) -> None:
    words = spoken(len(shape), pauses=dict(enumerate(pause for pause, _ in shape)))
    anchors = [word if kept else lost(word) for word, (_, kept) in zip(words, shape, strict=True)]
    seconds, characters = (words[-1].end or 0) + 1 if words else 1.0, len(words) * 4
    pieces = cut(anchors, seconds=seconds, characters=characters, at_most_seconds=limit)
    assert (pieces[0].start, pieces[0].start_offset) == (0, 0)
    assert (pieces[-1].end, pieces[-1].end_offset) == (seconds, characters)
    for left, right in pairwise(pieces):
        assert left.end == right.start and left.end_offset == right.start_offset
        assert left.seconds > 0
    for word in words:
        [home] = [p for p in pieces if p.start_offset <= (word.start_offset or 0) < p.end_offset]
        assert home.start <= (word.start or 0) and (word.end or 0) <= home.end
