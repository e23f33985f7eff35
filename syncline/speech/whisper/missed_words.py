"""Search again for the words that Whisper supports and the tracker did not find.

Each chunk with such words is aligned once more, with only the words that either of the two heard in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from syncline.core.alignment import NOT_FOUND_IN_TRANSCRIPT, Word
from syncline.speech.pocketsphinx.engine import Excerpt
from syncline.speech.whisper.agreement import PlacedText, PlacedWord

# In a longer run of missed words their place is unknown. Comparing such a run with every chunk would cost too much.
LONGEST_RUN = 60
OVERLAP_SECONDS = 0.05
SAME_SECONDS = 0.03


def place_words(words: Sequence[Word]) -> dict[int, PlacedWord]:
    """By index: a word that was found has its own times, a missed word those between its neighbours that were found."""
    own = [index for index, word in enumerate(words) if word.case != NOT_FOUND_IN_TRANSCRIPT]
    placed: dict[int, PlacedWord] = {}
    end = 0.0
    for aligned, group in groupby(own, key=lambda index: words[index].aligned):
        run = list(group)
        if aligned:
            placed |= {i: PlacedWord(words[i].word, words[i].start or 0.0, words[i].end or 0.0) for i in run}
            end = words[run[-1]].end or 0.0
        elif len(run) <= LONGEST_RUN:
            after = _start_after(words, run[-1])
            placed |= {i: PlacedWord(words[i].word, end, after) for i in run}
    return placed


def _start_after(words: Sequence[Word], index: int) -> float:
    later = range(index + 1, len(words))
    return next((words[place].start or 0.0 for place in later if words[place].aligned), float("inf"))


@dataclass(frozen=True, slots=True)
class _Search:
    excerpt: Excerpt
    index_at: Mapping[int, int]  # from an offset in the excerpt's text to the index of the word


class MissedWords:
    def __init__(
        self,
        words: Sequence[Word],
        chunks: Sequence[PlacedText],
        *,
        missed: Mapping[int, int],
        chunk_of: Mapping[int, int],
    ) -> None:
        """`missed`: the words to search for, with their chunks. `chunk_of`: the chunk of each word that has one."""
        self._words = words
        self._missed = missed
        members: dict[int, list[int]] = {chunk: [] for chunk in sorted(set(missed.values()))}
        for index, chunk in chunk_of.items():
            if chunk in members and (words[index].aligned or index in missed):
                members[chunk].append(index)
        self._searches = [self._search(chunks[chunk], indices) for chunk, indices in members.items()]

    @property
    def excerpts(self) -> list[Excerpt]:
        return [search.excerpt for search in self._searches]

    def completed(
        self, found: Iterable[Sequence[Word]], confirm: Callable[[int, Word], Word | None]
    ) -> tuple[Word, ...]:
        """All words, with those that the second search found and `confirm` accepts.

        Around a missed word the first search may have gone wrong. So the words beside it take the times of the second
        search too, up to the next words on which both searches agree.
        """
        completed = list(self._words)
        for search, words in zip(self._searches, found, strict=True):
            for block in self._blocks(self._accepted(search, words, confirm)):
                if not _replace(completed, block):
                    for index in self._missed.keys() & block.keys():
                        _replace(completed, {index: block[index]})
        return tuple(completed)

    def _accepted(
        self, search: _Search, words: Sequence[Word], confirm: Callable[[int, Word], Word | None]
    ) -> dict[int, Word]:
        accepted: dict[int, Word] = {}
        for word in words:
            index = search.index_at.get(-1 if word.start_offset is None else word.start_offset)
            confirmed = None if index is None else confirm(index, word)
            if index is not None and confirmed is not None:
                old = self._words[index]
                accepted[index] = replace(
                    confirmed, word=old.word, start_offset=old.start_offset, end_offset=old.end_offset
                )
        return accepted

    def _blocks(self, words: Mapping[int, Word]) -> Iterator[dict[int, Word]]:
        """The runs of words on which the searches do not agree, if they contain missed words."""
        for agreed, group in groupby(words.items(), key=lambda pair: _same_place(self._words[pair[0]], pair[1])):
            block = dict(group)
            if not agreed and self._missed.keys() & block.keys():
                yield block

    def _search(self, chunk: PlacedText, indices: Sequence[int]) -> _Search:
        text, index_at = "", dict[int, int]()
        for index in indices:
            text += " " if text else ""
            index_at[len(text)] = index
            text += self._words[index].word
        return _Search(Excerpt(chunk.start, chunk.end, text), index_at)


def _same_place(one: Word, other: Word) -> bool:
    edges = (one.start, other.start), (one.end, other.end)
    return all(a is not None and b is not None and abs(a - b) <= SAME_SECONDS for a, b in edges)


def _replace(words: list[Word], block: Mapping[int, Word]) -> bool:
    """Unless the words would be out of order."""
    first, last = min(block), max(block)
    before = next((index for index in range(first - 1, -1, -1) if words[index].aligned), first)
    after = next((index for index in range(last + 1, len(words)) if words[index].aligned), last)
    changed = [block.get(index, words[index]) for index in range(before, after + 1)]
    aligned = [word for word in changed if word.aligned]
    if any((one.end or 0.0) > (other.start or 0.0) + OVERLAP_SECONDS for one, other in pairwise(aligned)):
        return False
    words[before : after + 1] = changed
    return True
