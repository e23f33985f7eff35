from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from syncline.core.alignment import NOT_FOUND_IN_AUDIO, SUCCESS, Word
from syncline.speech.gentle.chunks import MIN_RUN_WORDS, split


def spoken(count: int, *, pauses: dict[int, float]) -> list[Word]:
    """Words of half a second and three letters; `pauses` maps a word's index to the silence before it."""
    words, now = [], 0.0
    for index in range(count):
        now += pauses.get(index, 0.0)
        words.append(Word(SUCCESS, "abc", now, now + 0.5, index * 4, index * 4 + 3))
        now += 0.5
    return words


def not_found(word: Word) -> Word:
    return Word(NOT_FOUND_IN_AUDIO, word.word, start_offset=word.start_offset, end_offset=word.end_offset)


def test_a_short_recording_is_one_chunk() -> None:
    [chunk] = split(spoken(20, pauses={}), seconds=10, characters=80, max_seconds=10)
    assert (chunk.start, chunk.end, chunk.start_offset, chunk.end_offset) == (0, 10, 0, 80)


def test_the_boundary_is_the_longest_late_pause_before_the_limit() -> None:
    words = spoken(60, pauses={14: 0.9, 30: 0.3, 34: 0.5, 36: 0.3})
    first, second = split(words, seconds=32.0, characters=240, max_seconds=20)
    assert words[33].end < first.end < words[34].start
    assert first.end_offset == second.start_offset == words[34].start_offset
    assert (second.end, second.end_offset) == (32.0, 240)


def test_no_boundary_near_words_that_were_not_found() -> None:
    words = spoken(60, pauses={30: 0.6, 20: 0.3})
    words[30 + MIN_RUN_WORDS - 1] = not_found(words[30 + MIN_RUN_WORDS - 1])
    first, *_ = split(words, seconds=30.9, characters=240, max_seconds=20)
    assert first.end_offset == words[20].start_offset


def test_a_chunk_without_a_safe_pause_extends_to_the_next_one() -> None:
    words = spoken(100, pauses={60: 0.5})
    first, second = split(words, seconds=50.5, characters=400, max_seconds=20)
    assert first.end_offset == words[60].start_offset
    assert second.end_offset == 400


def test_without_a_reference_the_recording_is_one_chunk() -> None:
    assert len(split([], seconds=5000, characters=10, max_seconds=600)) == 1


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 1.5), st.booleans()), max_size=120),
    st.floats(2, 60),
)
def test_chunks_cover_everything_and_split_no_word(shape: list[tuple[float, bool]], limit: float) -> None:
    words = spoken(len(shape), pauses=dict(enumerate(pause for pause, _ in shape)))
    reference = [word if kept else not_found(word) for word, (_, kept) in zip(words, shape, strict=True)]
    seconds, characters = (words[-1].end or 0) + 1 if words else 1.0, len(words) * 4
    chunks = split(reference, seconds=seconds, characters=characters, max_seconds=limit)
    assert (chunks[0].start, chunks[0].start_offset) == (0, 0)
    assert (chunks[-1].end, chunks[-1].end_offset) == (seconds, characters)
    for left, right in pairwise(chunks):
        assert left.end == right.start and left.end_offset == right.start_offset
        assert left.seconds > 0
    for word in words:
        [owner] = [p for p in chunks if p.start_offset <= (word.start_offset or 0) < p.end_offset]
        assert owner.start <= (word.start or 0) and (word.end or 0) <= owner.end
