"""From what Gentle wrote to what can be believed. Pure."""

from __future__ import annotations

import bisect
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from syncline.core.alignment import NOT_FOUND_IN_AUDIO, NOT_FOUND_IN_TRANSCRIPT, SUCCESS, Phone, Word

LONGEST_WORD_SECONDS = 8.0
SHORTEST_WORD_SECONDS = 0.01
TOLERANCE_SECONDS = 0.05  # how far beyond the audio, or over a neighbour, a time may reach before it is nonsense

_TOKEN = re.compile(r"(\w|’\w|'\w)+")  # Gentle's own idea of a word


def tokens(transcript: str) -> list[Word]:
    """The transcript's words as Gentle cuts them, none of them found yet."""
    return [_not_found(match[0], match.start(), match.end()) for match in _TOKEN.finditer(transcript)]


def believable(words: Sequence[Word], transcript: str, *, seconds: float) -> list[Word]:
    """Every token of the transcript once and in order; times inside the audio, in order, without overlap."""
    complete = _completed(words, tokens(transcript))
    timed = [_inside(word, seconds) for word in complete]
    return _apart(_without_impossible_asides(_in_order([word for word in timed if word is not None])))


def shifted(words: Sequence[Word], *, seconds: float, offset: int) -> list[Word]:
    """A piece's words, where they stand in the whole."""
    return [
        replace(
            word,
            start=None if word.start is None else round(word.start + seconds, 3),
            end=None if word.end is None else round(word.end + seconds, 3),
            start_offset=None if word.start_offset is None else word.start_offset + offset,
            end_offset=None if word.end_offset is None else word.end_offset + offset,
        )
        for word in words
    ]


def unfound(word: Word) -> Word:
    return Word(NOT_FOUND_IN_AUDIO, word.word, start_offset=word.start_offset, end_offset=word.end_offset)


def _not_found(text: str, start: int, end: int) -> Word:
    return Word(NOT_FOUND_IN_AUDIO, text, start_offset=start, end_offset=end)


def _completed(words: Sequence[Word], expected: Sequence[Word]) -> Iterator[Word]:
    """Gentle leaves out whole keys, down to `{}`; and its offsets are only believed where a token stands."""
    place = {token.start_offset: index for index, token in enumerate(expected)}
    following = 0
    for word in words:
        if word.case == NOT_FOUND_IN_TRANSCRIPT:
            yield replace(word, start_offset=None, end_offset=None)
            continue
        index = -1 if word.start_offset is None else place.get(word.start_offset, -1)
        if index < following:  # a place that is none, or one that was passed already
            continue
        yield from expected[following:index]
        token = expected[index]
        yield replace(word, word=token.word, end_offset=token.end_offset)
        following = index + 1
    yield from expected[following:]


def _inside(word: Word, seconds: float) -> Word | None:
    """Moved into the audio if it stands a hair outside; not found (an aside: None) if its times cannot be."""
    lost = None if word.case == NOT_FOUND_IN_TRANSCRIPT else unfound(word)
    if word.case == NOT_FOUND_IN_AUDIO or word.start is None or word.end is None:
        return lost
    if not math.isfinite(word.start) or not math.isfinite(word.end):
        return lost
    start, end = max(0.0, word.start), min(seconds, word.end)
    moved = max(start - word.start, word.end - end)
    length = end - start
    if moved > TOLERANCE_SECONDS or not SHORTEST_WORD_SECONDS <= length <= LONGEST_WORD_SECONDS:
        return lost
    return _timed(word, start, end)


def _timed(word: Word, start: float, end: float) -> Word:
    """With these times; phones beyond the new end are cut."""
    left, phones = end - start, []
    for phone in word.phones:
        if left <= 0 or not math.isfinite(phone.duration) or phone.duration < 0:
            break
        phones.append(Phone(phone.phone, min(phone.duration, left)))
        left -= phone.duration
    return replace(word, start=round(start, 3), end=round(end, 3), phones=tuple(phones))


def _in_order(words: Sequence[Word]) -> list[Word]:
    """The most words whose starts only grow stay found; the others were put somewhere they cannot be."""
    found = [(index, word.start) for index, word in enumerate(words) if word.case == SUCCESS and word.start is not None]
    kept = {found[place][0] for place in _longest_growing([start for _, start in found])}
    return [word if word.case != SUCCESS or index in kept else unfound(word) for index, word in enumerate(words)]


def _longest_growing(values: Sequence[float]) -> list[int]:
    """Places of a longest strictly growing subsequence (patience sorting)."""
    ends: list[float] = []
    places: list[int] = []
    before: list[int] = []
    for place, value in enumerate(values):
        pile = bisect.bisect_left(ends, value)
        before.append(places[pile - 1] if pile else -1)
        ends[pile : pile + 1] = [value]
        places[pile : pile + 1] = [place]
    chain, place = [], places[-1] if places else -1
    while place >= 0:
        chain.append(place)
        place = before[place]
    return chain[::-1]


def _without_impossible_asides(words: Sequence[Word]) -> list[Word]:
    """An aside (heard, but not in the transcript) stays only where the words around it leave it room."""
    kept: list[Word] = []
    now = 0.0
    for word, following in zip(words, _starts_after(words), strict=True):
        if word.start is None or word.end is None:
            kept.append(word)
            continue
        fits = now - TOLERANCE_SECONDS <= word.start and word.end <= following + TOLERANCE_SECONDS
        if word.case == SUCCESS or fits:
            kept.append(word)
            now = word.end
    return kept


def _starts_after(words: Sequence[Word]) -> list[float]:
    """For each word, when the next found word of the transcript begins."""
    starts, following = [], math.inf
    for word in reversed(words):
        starts.append(following)
        if word.case == SUCCESS and word.start is not None:
            following = word.start
    return starts[::-1]


def _apart(words: Sequence[Word]) -> list[Word]:
    """Where a word reaches into the next one (windows overlap), it ends where the next begins."""
    result: list[Word] = []
    following = math.inf
    for word in reversed(words):
        if word.start is not None and word.end is not None:
            end = min(word.end, following)
            if end - word.start < SHORTEST_WORD_SECONDS:
                if word.case == SUCCESS:
                    result.append(unfound(word))
                continue
            word = _timed(word, word.start, end)
            following = word.start or 0.0
        result.append(word)
    return result[::-1]
