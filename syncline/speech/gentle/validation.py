"""Validate the words that Gentle wrote, and complete them from the transcript. Pure.

The result contains each token of the transcript once and in order. Times are inside the audio, in order and without
overlap; a word whose times violate this becomes not-found-in-audio.
"""

from __future__ import annotations

import bisect
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from syncline.core.alignment import NOT_FOUND_IN_AUDIO, NOT_FOUND_IN_TRANSCRIPT, SUCCESS, Phone, Word

MAX_WORD_SECONDS = 8.0
MIN_WORD_SECONDS = 0.01
TOLERANCE_SECONDS = 0.05  # a time this far outside the audio, or inside a neighbour, is clipped instead of rejected

_TOKEN = re.compile(r"(\w|’\w|'\w)+")  # Gentle's definition of a word


def tokens(transcript: str) -> list[Word]:
    """Tokenise as Gentle does. All tokens are returned as not found."""
    return [_not_found(match[0], match.start(), match.end()) for match in _TOKEN.finditer(transcript)]


def validated(words: Sequence[Word], transcript: str, *, seconds: float) -> list[Word]:
    complete = _completed(words, tokens(transcript))
    clipped = [_clipped(word, seconds) for word in complete]
    return _without_overlap(_fitting_disfluencies(_monotonic([word for word in clipped if word is not None])))


def shifted(words: Sequence[Word], *, seconds: float, offset: int) -> list[Word]:
    """Move a chunk's words to their place in the whole recording and transcript."""
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


def as_not_found(word: Word) -> Word:
    return Word(NOT_FOUND_IN_AUDIO, word.word, start_offset=word.start_offset, end_offset=word.end_offset)


def _not_found(text: str, start: int, end: int) -> Word:
    return Word(NOT_FOUND_IN_AUDIO, text, start_offset=start, end_offset=end)


def _completed(words: Sequence[Word], expected: Sequence[Word]) -> Iterator[Word]:
    """Insert the tokens that Gentle left out (its result can be `{}`). Drop words whose offset is not a token's."""
    index_of = {token.start_offset: index for index, token in enumerate(expected)}
    following = 0
    for word in words:
        if word.case == NOT_FOUND_IN_TRANSCRIPT:
            yield replace(word, start_offset=None, end_offset=None)
            continue
        index = -1 if word.start_offset is None else index_of.get(word.start_offset, -1)
        if index < following:  # no token starts there, or it was passed already
            continue
        yield from expected[following:index]
        token = expected[index]
        yield replace(word, word=token.word, end_offset=token.end_offset)
        following = index + 1
    yield from expected[following:]


def _clipped(word: Word, seconds: float) -> Word | None:
    """Clip times that are slightly outside the audio. For impossible times return a word that is not found, or None
    for a disfluency."""
    rejected = None if word.case == NOT_FOUND_IN_TRANSCRIPT else as_not_found(word)
    if word.case == NOT_FOUND_IN_AUDIO or word.start is None or word.end is None:
        return rejected
    if not math.isfinite(word.start) or not math.isfinite(word.end):
        return rejected
    start, end = max(0.0, word.start), min(seconds, word.end)
    clipped = max(start - word.start, word.end - end)
    if clipped > TOLERANCE_SECONDS or not MIN_WORD_SECONDS <= end - start <= MAX_WORD_SECONDS:
        return rejected
    return _with_times(word, start, end)


def _with_times(word: Word, start: float, end: float) -> Word:
    """Set the times, and cut phones that reach beyond the new end."""
    left, phones = end - start, []
    for phone in word.phones:
        if left <= 0 or not math.isfinite(phone.duration) or phone.duration < 0:
            break
        phones.append(Phone(phone.phone, min(phone.duration, left)))
        left -= phone.duration
    return replace(word, start=round(start, 3), end=round(end, 3), phones=tuple(phones))


def _monotonic(words: Sequence[Word]) -> list[Word]:
    """Keep the largest set of found words whose starts increase; the others become not found."""
    found = [(index, word.start) for index, word in enumerate(words) if word.case == SUCCESS and word.start is not None]
    kept = {found[place][0] for place in _longest_increasing([start for _, start in found])}
    return [word if word.case != SUCCESS or index in kept else as_not_found(word) for index, word in enumerate(words)]


def _longest_increasing(values: Sequence[float]) -> list[int]:
    """Return the indices of a longest strictly increasing subsequence (patience sorting)."""
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


def _fitting_disfluencies(words: Sequence[Word]) -> list[Word]:
    """Drop disfluencies (heard, but not in the transcript) that overlap the found words around them."""
    kept: list[Word] = []
    now = 0.0
    for word, following in zip(words, _next_starts(words), strict=True):
        if word.start is None or word.end is None:
            kept.append(word)
            continue
        fits = now - TOLERANCE_SECONDS <= word.start and word.end <= following + TOLERANCE_SECONDS
        if word.case == SUCCESS or fits:
            kept.append(word)
            now = word.end
    return kept


def _next_starts(words: Sequence[Word]) -> list[float]:
    """For each word, return the start of the next found word of the transcript."""
    starts, following = [], math.inf
    for word in reversed(words):
        starts.append(following)
        if word.case == SUCCESS and word.start is not None:
            following = word.start
    return starts[::-1]


def _without_overlap(words: Sequence[Word]) -> list[Word]:
    """End each word where the next one starts: words from overlapping windows can overlap."""
    result: list[Word] = []
    following = math.inf
    for word in reversed(words):
        if word.start is not None and word.end is not None:
            end = min(word.end, following)
            if end - word.start < MIN_WORD_SECONDS:
                if word.case == SUCCESS:
                    result.append(as_not_found(word))
                continue
            word = _with_times(word, word.start, end)
            following = word.start or 0.0
        result.append(word)
    return result[::-1]
