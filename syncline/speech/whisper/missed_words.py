"""Search again for the words that Whisper recognised and the tracker did not find.

Each chunk with such words is aligned once more, with only the words that either of the two heard in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from syncline.core.alignment import NOT_FOUND_IN_TRANSCRIPT, Word
from syncline.speech.pocketsphinx.engine import Excerpt
from syncline.speech.whisper.agreement import Opinion, PlacedText, PlacedWord, Verdict

# In a longer run of missed words their place is unknown. Comparing such a run with every chunk would cost too much.
LONGEST_RUN = 60
OVERLAP_SECONDS = 0.05


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
    def __init__(self, words: Sequence[Word], verdicts: Mapping[int, Verdict], chunks: Sequence[PlacedText]) -> None:
        self._words = words
        self._missed = {
            index: verdict.chunk
            for index, verdict in verdicts.items()
            if verdict.opinion is Opinion.AGREES and verdict.chunk is not None and not words[index].aligned
        }
        wanted = {chunk for chunk in self._missed.values() if chunk is not None}
        members: dict[int, list[int]] = {chunk: [] for chunk in sorted(wanted)}
        for index, verdict in verdicts.items():
            if verdict.chunk in members and (words[index].aligned or index in self._missed):
                members[verdict.chunk].append(index)
        self._searches = [self._search(chunks[chunk], indices) for chunk, indices in members.items()]

    @property
    def excerpts(self) -> list[Excerpt]:
        return [search.excerpt for search in self._searches]

    def completed(self, found: Iterable[Sequence[Word]], confirm: Callable[[Word], Word | None]) -> tuple[Word, ...]:
        """All words, with those that the second search found and `confirm` accepts."""
        completed = list(self._words)
        for search, words in zip(self._searches, found, strict=True):
            for word in words:
                index = search.index_at.get(-1 if word.start_offset is None else word.start_offset)
                accepted = confirm(word)
                if index in self._missed and accepted is not None and _fits(completed, index, accepted):
                    old = completed[index]
                    completed[index] = replace(
                        accepted, word=old.word, start_offset=old.start_offset, end_offset=old.end_offset
                    )
        return tuple(completed)

    def _search(self, chunk: PlacedText, indices: Sequence[int]) -> _Search:
        text, index_at = "", dict[int, int]()
        for index in indices:
            text += " " if text else ""
            index_at[len(text)] = index
            text += self._words[index].word
        return _Search(Excerpt(chunk.start, chunk.end, text), index_at)


def _fits(words: Sequence[Word], index: int, word: Word) -> bool:
    """Between the words around it, in the order of the transcript."""
    earlier = range(index - 1, -1, -1)
    before = next((words[place].end or 0.0 for place in earlier if words[place].aligned), 0.0)
    after = _start_after(words, index)
    return before - OVERLAP_SECONDS <= (word.start or 0.0) and (word.end or 0.0) <= after + OVERLAP_SECONDS
