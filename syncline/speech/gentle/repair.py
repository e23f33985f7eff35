"""The second opinion of the embedded aligner: words that Gentle left out, and how far to trust its `<unk>`. Pure.

Gentle's words are never moved or taken away. Its second pass skips gaps under 0.75 s and over 60 s, and repeated
sentences confuse it; the words in such gaps are taken from the embedded aligner where they fit between the words
that Gentle did find.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace

from syncline.core.alignment import SUCCESS, Word

UNKNOWN_WORD = "<unk>"  # Gentle's "something was said here", for words that are not in its dictionary
UNKNOWN_CONFIDENCE = 0.5  # when there is no second opinion
LONE_CONFIDENCE = 0.2  # when there is one, and it did not find the word
SLACK_SECONDS = 0.03  # how far two aligners may disagree about a boundary that they share


def repaired(words: Sequence[Word], opinion: Sequence[Word], *, seconds: float) -> list[Word]:
    """With the gaps filled where the opinion fits."""
    offers = _offers(opinion, [word for word in words if word.start_offset is not None])
    result, now = [], 0.0
    for word, limit in zip(words, _starts_after(words, seconds), strict=True):
        offer = offers.get(word.start_offset) if word.start is None else None
        chosen = (_fitted(offer, word, now, limit) if offer else None) or word
        if chosen.end is not None:
            now = chosen.end
        result.append(chosen)
    return result


def rated(words: Sequence[Word], opinion: Sequence[Word]) -> list[Word]:
    """`<unk>` is a success to Gentle although any sound matches it: its confidence is how much both agree."""
    alone = LONE_CONFIDENCE if opinion else UNKNOWN_CONFIDENCE
    heard = {word.start_offset: word for word in opinion if word.aligned}
    return [
        replace(word, confidence=_agreement(word, heard.get(word.start_offset), alone))
        if word.aligned and word.aligned_word == UNKNOWN_WORD
        else word
        for word in words
    ]


def _agreement(word: Word, other: Word | None, alone: float) -> float:
    """The part of both spans that they share."""
    if other is None or other.start is None or other.end is None or word.start is None or word.end is None:
        return alone
    shared = min(word.end, other.end) - max(word.start, other.start)
    whole = max(word.end, other.end) - min(word.start, other.start)
    return max(0.0, shared / whole) if whole > 0 else alone


def _offers(opinion: Sequence[Word], tokens: Sequence[Word]) -> dict[int | None, Word]:
    """The opinion's words under the places of Gentle's tokens. The two cut some words differently: where "$1,250" is
    one word to one and two to the other, each of the two gets a share of the time by its length."""
    starts = [token.start_offset or 0 for token in tokens]
    offers: dict[int | None, Word] = {}
    for word in opinion:
        if word.start_offset is None or word.end_offset is None or word.start is None or word.end is None:
            continue
        first, last = bisect_left(starts, word.start_offset), bisect_left(starts, word.end_offset)
        covered = [token for token in tokens[first:last] if (token.end_offset or 0) <= word.end_offset]
        if len(covered) == 1:
            offers[covered[0].start_offset] = word
        else:
            offers.update((part.start_offset, part) for part in _shared_out(word, covered))
    return offers


def _shared_out(word: Word, tokens: Sequence[Word]) -> Iterator[Word]:
    start, letters = word.start or 0.0, sum(len(token.word) for token in tokens)
    per_letter = ((word.end or 0.0) - start) / max(1, letters)
    for token in tokens:
        end = start + len(token.word) * per_letter
        yield replace(token, start=start, end=end, aligned_word=token.word.lower(), confidence=word.confidence)
        start = end


def _starts_after(words: Sequence[Word], seconds: float) -> list[float]:
    limits, limit = [], seconds
    for word in reversed(words):
        limits.append(limit)
        if word.start is not None:
            limit = word.start
    return limits[::-1]


def _fitted(offer: Word, gap: Word, low: float, high: float) -> Word | None:
    if offer.start is None or offer.end is None:
        return None
    if offer.start < low - SLACK_SECONDS or offer.end > high + SLACK_SECONDS:
        return None
    start, end = max(low, offer.start), min(high, offer.end)
    if end - start < SLACK_SECONDS:
        return None
    return replace(
        gap,
        case=SUCCESS,
        start=round(start, 3),
        end=round(end, 3),
        phones=offer.phones if (start, end) == (offer.start, offer.end) else (),
        aligned_word=offer.aligned_word,
        confidence=offer.confidence,
    )
