"""Reconcile Gentle's words with a reference alignment, the embedded aligner's. Pure.

The two aligners are independent, so their agreement tells how likely a word is right. Every word of Gentle gets a
confidence. A word that the reference contradicts with high confidence is replaced, and gaps are filled: Gentle's second
pass skips gaps under 0.75 s and over 60 s, and repeated sentences confuse it. Gentle's other words do not move.

docs/gentle.md has the measurement behind the constants.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from syncline.core.alignment import NOT_FOUND_IN_TRANSCRIPT, SUCCESS, Word
from syncline.speech.gentle.validation import MIN_WORD_SECONDS, as_not_found

UNKNOWN_WORD = "<unk>"  # what Gentle aligns for words that are not in its dictionary: any sound matches it
AGREEMENT_SECONDS = 0.25  # largest difference of an edge; words that agree are right as often as the reference is sure
SURE = 0.9  # confidence of a reference word that replaces a word of Gentle
CONTRADICTED_CONFIDENCE = 0.1  # by a reference that is not sure
UNCONFIRMED_CONFIDENCE = 0.1  # the reference does not contain the word
UNCHECKED_CONFIDENCE, UNCHECKED_UNKNOWN_CONFIDENCE = 0.95, 0.3  # without a reference
MAX_CLIPPED_SHARE = 0.5  # of a reference word that overlaps Gentle's words; a larger overlap is a conflict


@dataclass(frozen=True, slots=True)
class Reconciled:
    words: list[Word]
    repaired: int  # words that were added or replaced


@dataclass(frozen=True, slots=True)
class _Candidate:
    word: Word
    span: Word  # the reference word that it is a part of

    @property
    def is_sure(self) -> bool:
        return (self.word.confidence or 0.0) >= SURE


@dataclass(frozen=True, slots=True)
class _Choice:
    word: Word
    weight: float = 0.0  # the heavier of two words that overlap is kept
    from_reference: bool = False


def reconcile(words: Sequence[Word], reference: Sequence[Word]) -> Reconciled:
    candidates = _candidates(reference, [word for word in words if word.start_offset is not None])
    choices = _without_conflicts([_choose(word, candidates.get(word.start_offset)) for word in words])
    return Reconciled([choice.word for choice in choices], sum(choice.from_reference for choice in choices))


def unchecked(words: Sequence[Word]) -> Reconciled:
    """Without a reference, a word's confidence is the share of such words that are right."""
    rated = [
        replace(word, confidence=UNCHECKED_UNKNOWN_CONFIDENCE if _is_unknown(word) else UNCHECKED_CONFIDENCE)
        if word.aligned
        else word
        for word in words
    ]
    return Reconciled(rated, 0)


def _choose(word: Word, candidate: _Candidate | None) -> _Choice:
    if word.case == NOT_FOUND_IN_TRANSCRIPT:
        return _Choice(word)
    if candidate is None:
        return _Choice(
            replace(word, confidence=UNCONFIRMED_CONFIDENCE) if word.aligned else word, UNCONFIRMED_CONFIDENCE
        )
    agrees = word.aligned and _disagreement(word, candidate) <= AGREEMENT_SECONDS
    if not word.aligned or (candidate.is_sure and not agrees):
        return _Choice(_placed(candidate.word, word), candidate.word.confidence or 0.0, from_reference=True)
    if agrees:
        return _Choice(replace(word, confidence=candidate.word.confidence), weight=1.0)
    return _Choice(replace(word, confidence=CONTRADICTED_CONFIDENCE), CONTRADICTED_CONFIDENCE)


def _is_unknown(word: Word) -> bool:
    return word.aligned_word == UNKNOWN_WORD


def _disagreement(word: Word, candidate: _Candidate) -> float:
    """The larger difference of the edges, in seconds. A part of a reference word has no edges of its own; there it is
    how far Gentle's word reaches outside the whole."""
    start, end = word.start or 0.0, word.end or 0.0
    other_start, other_end = candidate.span.start or 0.0, candidate.span.end or 0.0
    if candidate.word is candidate.span:
        return max(abs(start - other_start), abs(end - other_end))
    return max(other_start - start, end - other_end)


def _placed(reference: Word, token: Word) -> Word:
    return replace(reference, word=token.word, start_offset=token.start_offset, end_offset=token.end_offset)


def _without_conflicts(choices: Sequence[_Choice]) -> list[_Choice]:
    """Clip reference words that overlap Gentle's a little; of two words that overlap more, keep the heavier."""
    result: list[_Choice] = []
    timed: list[int] = []  # indices in result of the words that are found so far
    for choice in choices:
        kept: _Choice | None = choice
        while kept and kept.word.start is not None and timed and _overlap(result[timed[-1]], kept) > 0:
            before = result[timed[-1]]
            clipped = _clipped(before, kept)
            if clipped:
                result[timed[-1]], kept = clipped
            elif before.weight < kept.weight:
                result[timed.pop()] = _rejected(before)
            else:
                kept = None
        result.append(kept or _rejected(choice))
        if result[-1].word.start is not None:
            timed.append(len(result) - 1)
    # A rejected disfluency has neither times nor an offset.
    return [choice for choice in result if choice.word.start is not None or choice.word.start_offset is not None]


def _overlap(before: _Choice, after: _Choice) -> float:
    return (before.word.end or 0.0) - (after.word.start or 0.0)


def _rejected(choice: _Choice) -> _Choice:
    return _Choice(as_not_found(choice.word))


def _clipped(before: _Choice, after: _Choice) -> tuple[_Choice, _Choice] | None:
    """Return both words with the reference's edge moved, or None if that would leave too little of it."""
    if before.from_reference and (shorter := _shortened(before.word, end=after.word.start)):
        return replace(before, word=shorter), after
    if after.from_reference and (shorter := _shortened(after.word, start=before.word.end)):
        return before, replace(after, word=shorter)
    return None


def _shortened(word: Word, *, start: float | None = None, end: float | None = None) -> Word | None:
    old_start, old_end = word.start or 0.0, word.end or 0.0
    start, end = old_start if start is None else start, old_end if end is None else end
    if end - start < max(MIN_WORD_SECONDS, (old_end - old_start) * (1 - MAX_CLIPPED_SHARE)):
        return None
    return replace(word, start=start, end=end, phones=())


def _candidates(reference: Sequence[Word], tokens: Sequence[Word]) -> dict[int | None, _Candidate]:
    """Map the offset of each of Gentle's tokens to a reference word. The two tokenise differently: where the reference
    has one word ("$1,250") and Gentle two, each token gets a share of the time in proportion to its length."""
    starts = [token.start_offset or 0 for token in tokens]
    candidates: dict[int | None, _Candidate] = {}
    for word in reference:
        if word.start_offset is None or word.end_offset is None or word.start is None or word.end is None:
            continue
        first, last = bisect_left(starts, word.start_offset), bisect_left(starts, word.end_offset)
        covered = [token for token in tokens[first:last] if (token.end_offset or 0) <= word.end_offset]
        if len(covered) == 1:
            candidates[covered[0].start_offset] = _Candidate(word, word)
        else:
            candidates.update((part.start_offset, _Candidate(part, word)) for part in _divided(word, covered))
    return candidates


def _divided(word: Word, tokens: Sequence[Word]) -> Iterator[Word]:
    start, letters = word.start or 0.0, sum(len(token.word) for token in tokens)
    per_letter = ((word.end or 0.0) - start) / max(1, letters)
    for token in tokens:
        end = start + len(token.word) * per_letter
        yield replace(
            token,
            case=SUCCESS,
            start=round(start, 3),
            end=round(end, 3),
            aligned_word=token.word.lower(),
            confidence=word.confidence,
            phones=(),
        )
        start = end
