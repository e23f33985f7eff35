"""Align only what a correction changed, and keep the times of everything else.

A correction changes some sentences of a transcript. The words of the others, and those whose times a person has
confirmed, are pinned: they keep their times to the millisecond. Between them lie sections, each with its text and the
part of the recording between its neighbours. Only these are aligned.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import itemgetter

from syncline.core import text_diff
from syncline.core.alignment import SUCCESS, Alignment, Phone, Word
from syncline.core.confirmed_times import NONE_CONFIRMED, ConfirmedTimes, ConfirmedWord

LEAST_KEPT = 0.5  # of the text; if less is unchanged, all of it is aligned
# Marks that are never spoken. A change of any other character between two words may be a change of what is spoken.
_SILENT = re.compile(r"[\s.,;:!?…'\"’‘“”„«»‹›()\[\]{}¿¡、。「」『』（）・—–-]+")


@dataclass(frozen=True, slots=True)
class Section:
    """transcript[start_offset:end_offset], which is spoken between two times of the recording."""

    start_offset: int
    end_offset: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Pinned:
    """A word that keeps its times, and the words that were heard after it and have no place in the text.

    `index` is the word's place among the words of the earlier alignment; None if it was not there.
    """

    word: Word
    following: tuple[Word, ...] = ()
    index: int | None = None

    @property
    def start_offset(self) -> int:
        return self.word.start_offset or 0

    @property
    def end_offset(self) -> int:
        return self.word.end_offset or 0


@dataclass(frozen=True, slots=True)
class Plan:
    """The pinned words and the sections between them. `dropped` confirmed words are no longer in the transcript."""

    pinned: tuple[Pinned, ...] = ()
    sections: tuple[Section, ...] = ()
    dropped: int = 0

    def merged(self, aligned: Sequence[Sequence[Word]]) -> tuple[Word, ...]:
        """All words in the order of the transcript. `aligned` has the words of each section, as they are in it."""
        parts = [(each.start_offset, (each.word, *each.following)) for each in self.pinned]
        parts += [
            (section.start_offset, tuple(_in_place(section, word) for word in words))
            for section, words in zip(self.sections, aligned, strict=True)
        ]
        return tuple(word for _, words in sorted(parts, key=itemgetter(0)) for word in words)


def plan(
    transcript: str, seconds: float, *, earlier: Alignment | None = None, confirmed: ConfirmedTimes = NONE_CONFIRMED
) -> Plan:
    """`transcript` is the new text, `seconds` the length of the recording, `earlier` an alignment of that recording."""
    comparison = _Comparison(earlier or Alignment("", ()), transcript)
    fixed = comparison.confirmed(confirmed, seconds)
    kept = [each for each in comparison.kept() if not _conflicts(each.word, fixed)]
    pinned = sorted([*kept, *fixed], key=lambda each: each.start_offset)
    first = Pinned(Word(SUCCESS, "", 0.0, 0.0, 0, 0), index=-1)
    last = Pinned(Word(SUCCESS, "", seconds, seconds, len(transcript), len(transcript)), index=len(comparison.words))
    bounded = _without_untimed([first, *pinned, last], comparison)
    dropped = len(confirmed.words) - len(fixed)
    return Plan(tuple(bounded[1:-1]), tuple(_sections(bounded, comparison)), dropped)


class _Comparison:
    """An earlier alignment beside the new text."""

    def __init__(self, earlier: Alignment, transcript: str) -> None:
        self._before, self._after = earlier.transcript, transcript
        self._groups = _groups(earlier.words)
        self._shifts = text_diff.shifts(earlier.transcript, transcript)
        self._sentences = [sentence["startOffset"] for sentence in earlier.info.get("sentences", ())]
        self.words = [group[0] for group in self._groups]

    def kept(self) -> list[Pinned]:
        """The words of unchanged sentences. None if they are few."""
        starts = [_moved(self._before, _span(word), self._after, self._shifts) for word in self.words]
        changed = self._changed_sentences(starts)
        found = [
            Pinned(replace(word, start_offset=start, end_offset=start + len(word.word)), tuple(following), index)
            for index, ((word, *following), start) in enumerate(zip(self._groups, starts, strict=True))
            if start is not None and self._sentence_of(word) not in changed
        ]
        characters = sum(len(each.word.word) for each in found)
        return found if characters > LEAST_KEPT * text_diff.count_characters(self._after) else []

    def confirmed(self, confirmed: ConfirmedTimes, seconds: float) -> list[Pinned]:
        """The confirmed words that are still in the text."""
        shifts = text_diff.shifts(confirmed.transcript, self._after)
        index_of = {self._start_after(word): index for index, word in enumerate(self.words)}
        found = []
        for word in confirmed.words:
            span = (word.start_offset, word.end_offset)
            start = _moved(confirmed.transcript, span, self._after, shifts)
            if start is not None and word.end <= seconds:
                index = index_of.get(start)
                before = self.words[index] if index is not None else None
                text = self._after[start : start + span[1] - span[0]]
                known = before if before and before.word == text else None
                found.append(Pinned(_confirmed_word(word, text, start, known), (), index if known else None))
        return found

    def settled(self, one: Pinned, other: Pinned) -> bool:
        """Whether the two were neighbours before, with nothing else spoken between them, then and now."""
        if one.index is None or other.index is None or other.index != one.index + 1:
            return False
        start = self.words[one.index].end_offset if one.index >= 0 else 0
        end = self.words[other.index].start_offset if other.index < len(self.words) else len(self._before)
        return _spoken(self._before[start:end]) == _spoken(self.between(one, other))

    def between(self, one: Pinned, other: Pinned) -> str:
        return self._after[one.end_offset : other.start_offset]

    def _start_after(self, word: Word) -> int | None:
        return _moved(self._before, _span(word), self._after, self._shifts)

    def _sentence_of(self, word: Word) -> int:
        return bisect.bisect_right(self._sentences, word.start_offset or 0)

    def _changed_sentences(self, starts: Sequence[int | None]) -> set[int]:
        """The sentences in which a word changed, or what is spoken between two words."""
        numbers = [self._sentence_of(word) for word in self.words]
        changed = {number for number, start in zip(numbers, starts, strict=True) if start is None}
        for index, (here, there) in enumerate(pairwise(starts)):
            if here is None or there is None or numbers[index] != numbers[index + 1]:
                continue
            word, following = self.words[index : index + 2]
            old = self._before[word.end_offset : following.start_offset]
            if _spoken(old) != _spoken(self._after[here + len(word.word) : there]):
                changed.add(numbers[index])
        return changed


def _groups(words: Sequence[Word]) -> list[tuple[Word, ...]]:
    """Words of the text, each with the words that were heard after it and have no place in the text."""
    groups: list[tuple[Word, ...]] = []
    for word in words:
        if word.start_offset is not None:
            groups.append((word,))
        elif groups:
            groups[-1] = (*groups[-1], word)
    return groups


def _span(word: Word) -> tuple[int, int]:
    return word.start_offset or 0, word.end_offset or 0


def _moved(before: str, span: tuple[int, int], after: str, shifts: Mapping[int, int]) -> int | None:
    """Where before[start:end] starts in `after`; None if it was changed."""
    start, end = span
    moves = {shifts.get(place) for place in text_diff.words_in(before, start, end)}
    if len(moves) != 1 or (shift := moves.pop()) is None:
        return None
    return start + shift if before[start:end] == after[start + shift : end + shift] else None


def _confirmed_word(confirmed: ConfirmedWord, text: str, start_offset: int, known: Word | None) -> Word:
    phones = _stretched(known.phones if known else (), confirmed.end - confirmed.start)
    return Word(
        SUCCESS, text, confirmed.start, confirmed.end, start_offset, start_offset + len(text),
        known.aligned_word if known and known.aligned_word else text.lower(), phones, 1.0,
    )  # fmt: skip


def _stretched(phones: Sequence[Phone], seconds: float) -> tuple[Phone, ...]:
    whole = sum(phone.duration for phone in phones)
    return tuple(replace(phone, duration=phone.duration * seconds / whole) for phone in phones) if whole else ()


def _conflicts(word: Word, fixed: Sequence[Pinned]) -> bool:
    """Whether a confirmed word is this one, or leaves no room for it."""
    start_offset, end_offset = _span(word)
    index = bisect.bisect_left(fixed, end_offset, key=lambda each: each.start_offset)
    before, after = fixed[index - 1] if index else None, fixed[index] if index < len(fixed) else None
    if before and before.end_offset > start_offset:
        return True
    if word.start is None or word.end is None:
        return False
    too_early = before is not None and word.start < (before.word.end or 0.0)
    return too_early or (after is not None and word.end > (after.word.start or 0.0))


def _without_untimed(pinned: Sequence[Pinned], comparison: _Comparison) -> list[Pinned]:
    """Pinned words without times beside a section join it: they get another chance."""
    forward: list[Pinned] = []
    for each in pinned:
        if each.word.start is not None or not forward or comparison.settled(forward[-1], each):
            forward.append(each)
    backward: list[Pinned] = []
    for each in reversed(forward):
        if each.word.start is not None or not backward or comparison.settled(each, backward[-1]):
            backward.append(each)
    return backward[::-1]


def _sections(bounded: Sequence[Pinned], comparison: _Comparison) -> Iterator[Section]:
    for one, other in pairwise(bounded):
        if not comparison.settled(one, other) and _spoken(comparison.between(one, other)):
            yield Section(one.end_offset, other.start_offset, one.word.end or 0.0, other.word.start or 0.0)


def _in_place(section: Section, word: Word) -> Word:
    """A word of the section with its times in the recording and its offsets in the transcript."""
    return replace(
        word,
        start=None if word.start is None else word.start + section.start,
        end=None if word.end is None else word.end + section.start,
        start_offset=None if word.start_offset is None else word.start_offset + section.start_offset,
        end_offset=None if word.end_offset is None else word.end_offset + section.start_offset,
    )


def _spoken(between: str) -> str:
    """What is left of a text without silent marks."""
    return _SILENT.sub("", between)
