"""From offsets in a transcript to the times of the words there, to their sentence and to its speaker."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from syncline.core.alignment import NOT_FOUND_IN_TRANSCRIPT, Alignment
from syncline.core.seconds import rounded
from syncline.core.sentences import Sentence


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a transcript. `start` and `end` are seconds, None if none of its words was heard."""

    start_offset: int
    end_offset: int
    start: float | None
    end: float | None
    sentence: int
    speaker: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "start": rounded(self.start),
            "end": rounded(self.end),
            "startOffset": self.start_offset,
            "endOffset": self.end_offset,
            "sentence": self.sentence,
            **({"speaker": self.speaker} if self.speaker else {}),
        }


class Places:
    """The words and sentences of one alignment by their offsets."""

    def __init__(self, alignment: Alignment, sentences: Sequence[Sentence]) -> None:
        own = [word for word in alignment.words if word.case != NOT_FOUND_IN_TRANSCRIPT]
        self._words = sorted(own, key=lambda word: word.start_offset or 0)
        self._word_ends = [word.end_offset or 0 for word in self._words]
        self._sentences = sentences
        self._sentence_ends = [sentence.end_offset for sentence in sentences]

    def locate(self, start: int, end: int) -> Place:
        """The place of transcript[start:end]. A word counts if a part of it is there.

        A speaker label belongs to the sentence that follows it.
        """
        following = bisect.bisect_right(self._sentence_ends, start)
        sentence = self._sentences[min(following, len(self._sentences) - 1)]
        return Place(start, end, *self._times(start, end), sentence.id, sentence.speaker)

    def _times(self, start: int, end: int) -> tuple[float | None, float | None]:
        starts, ends = [], []
        for index in range(bisect.bisect_right(self._word_ends, start), len(self._words)):
            word = self._words[index]
            if (word.start_offset or 0) >= end:
                break
            if word.aligned and word.start is not None and word.end is not None:
                starts.append(word.start)
                ends.append(word.end)
        return (min(starts), max(ends)) if starts else (None, None)
