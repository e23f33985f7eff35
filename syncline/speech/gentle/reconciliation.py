"""Reconcile Gentle's words with a reference alignment, the embedded aligner's. Pure.

`fill_gaps` never moves or removes Gentle's words. Gentle's second pass skips gaps under 0.75 s and over 60 s, and
repeated sentences confuse it. Words in such gaps are taken from the reference where they fit between the words that
Gentle found. `with_confidence` rates Gentle's `<unk>` words.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace

from syncline.core.alignment import SUCCESS, Word

UNKNOWN_WORD = "<unk>"  # what Gentle aligns for words that are not in its dictionary: any sound matches it
UNCHECKED_CONFIDENCE = 0.5  # without a reference
UNCONFIRMED_CONFIDENCE = 0.2  # the reference does not contain the word
TOLERANCE_SECONDS = 0.03  # how far two aligners may disagree about a shared boundary


def fill_gaps(words: Sequence[Word], reference: Sequence[Word], *, seconds: float) -> list[Word]:
    candidates = _candidates(reference, [word for word in words if word.start_offset is not None])
    result, now = [], 0.0
    for word, limit in zip(words, _next_starts(words, seconds), strict=True):
        candidate = candidates.get(word.start_offset) if word.start is None else None
        chosen = (_fitted(candidate, word, now, limit) if candidate else None) or word
        if chosen.end is not None:
            now = chosen.end
        result.append(chosen)
    return result


def with_confidence(words: Sequence[Word], reference: Sequence[Word]) -> list[Word]:
    """Rate `<unk>` words, which Gentle reports as success, by their overlap with the reference."""
    default = UNCONFIRMED_CONFIDENCE if reference else UNCHECKED_CONFIDENCE
    found = {word.start_offset: word for word in reference if word.aligned}
    return [
        replace(word, confidence=_overlap(word, found.get(word.start_offset), default))
        if word.aligned and word.aligned_word == UNKNOWN_WORD
        else word
        for word in words
    ]


def _overlap(word: Word, other: Word | None, default: float) -> float:
    """Return intersection over union of the two spans."""
    if other is None or other.start is None or other.end is None or word.start is None or word.end is None:
        return default
    shared = min(word.end, other.end) - max(word.start, other.start)
    whole = max(word.end, other.end) - min(word.start, other.start)
    return max(0.0, shared / whole) if whole > 0 else default


def _candidates(reference: Sequence[Word], tokens: Sequence[Word]) -> dict[int | None, Word]:
    """Map the offset of each of Gentle's tokens to a reference word. The two tokenise differently: where the reference
    has one word ("$1,250") and Gentle two, each token gets a share of the time in proportion to its length."""
    starts = [token.start_offset or 0 for token in tokens]
    candidates: dict[int | None, Word] = {}
    for word in reference:
        if word.start_offset is None or word.end_offset is None or word.start is None or word.end is None:
            continue
        first, last = bisect_left(starts, word.start_offset), bisect_left(starts, word.end_offset)
        covered = [token for token in tokens[first:last] if (token.end_offset or 0) <= word.end_offset]
        if len(covered) == 1:
            candidates[covered[0].start_offset] = word
        else:
            candidates.update((part.start_offset, part) for part in _divided(word, covered))
    return candidates


def _divided(word: Word, tokens: Sequence[Word]) -> Iterator[Word]:
    start, letters = word.start or 0.0, sum(len(token.word) for token in tokens)
    per_letter = ((word.end or 0.0) - start) / max(1, letters)
    for token in tokens:
        end = start + len(token.word) * per_letter
        yield replace(token, start=start, end=end, aligned_word=token.word.lower(), confidence=word.confidence)
        start = end


def _next_starts(words: Sequence[Word], seconds: float) -> list[float]:
    limits, limit = [], seconds
    for word in reversed(words):
        limits.append(limit)
        if word.start is not None:
            limit = word.start
    return limits[::-1]


def _fitted(candidate: Word, gap: Word, low: float, high: float) -> Word | None:
    if candidate.start is None or candidate.end is None:
        return None
    if candidate.start < low - TOLERANCE_SECONDS or candidate.end > high + TOLERANCE_SECONDS:
        return None
    start, end = max(low, candidate.start), min(high, candidate.end)
    if end - start < TOLERANCE_SECONDS:
        return None
    return replace(
        gap,
        case=SUCCESS,
        start=round(start, 3),
        end=round(end, 3),
        phones=candidate.phones if (start, end) == (candidate.start, candidate.end) else (),
        aligned_word=candidate.aligned_word,
        confidence=candidate.confidence,
    )
