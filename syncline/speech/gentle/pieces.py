"""Cutting a long recording, with its transcript, into pieces that Gentle handles well. Pure.

On very long recordings Gentle drifts, and its matching and its repairs take more than quadratic time. To cut, one
must know which text belongs to which part of the sound; the embedded aligner, which is many times faster, says so.
A cut is made only in a pause between two words, inside a run of words that it found one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from syncline.core.alignment import NOT_FOUND_IN_TRANSCRIPT, Word

PAUSE_SECONDS = 0.25
RUN_OF_WORDS = 4  # found on each side of a cut: one word alone may have been heard in the wrong place
FULLEST = 0.6  # of a piece's length: the longest pause after that is where it ends


@dataclass(frozen=True, slots=True)
class Piece:
    """[start, end) of the audio in seconds, and of the transcript in code points."""

    start: float
    end: float
    start_offset: int
    end_offset: int

    @property
    def seconds(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class _Cut:
    seconds: float
    offset: int
    pause: float


def cut(anchors: Sequence[Word], *, seconds: float, characters: int, at_most_seconds: float) -> list[Piece]:
    """Pieces that together are the whole. One is longer than asked for only where no safe cut was found."""
    pieces, begin = [], _Cut(0.0, 0, 0.0)
    cuts = _safe_cuts(anchors)
    while seconds - begin.seconds > at_most_seconds:
        chosen = _choose([cut for cut in cuts if cut.seconds > begin.seconds], begin.seconds, at_most_seconds)
        if chosen is None:
            break
        pieces.append(Piece(begin.seconds, chosen.seconds, begin.offset, chosen.offset))
        begin = chosen
    return [*pieces, Piece(begin.seconds, seconds, begin.offset, characters)]


def _choose(cuts: Sequence[_Cut], begin: float, at_most_seconds: float) -> _Cut | None:
    """The longest pause in the last part of the piece; failing that the last one before, the first one after."""
    within = [cut for cut in cuts if cut.seconds - begin <= at_most_seconds]
    late = [cut for cut in within if cut.seconds - begin >= FULLEST * at_most_seconds]
    if late:
        return max(late, key=lambda cut: cut.pause)
    if within:
        return within[-1]
    return cuts[0] if cuts else None


def _safe_cuts(anchors: Sequence[Word]) -> list[_Cut]:
    words = [word for word in anchors if word.case != NOT_FOUND_IN_TRANSCRIPT]
    runs = _lengths_of_runs(words)
    cuts = []
    for index, (left, right) in enumerate(pairwise(words)):
        before, after = runs[index][0], runs[index + 1][1]
        if before < RUN_OF_WORDS or after < RUN_OF_WORDS:
            continue
        if left.end is None or right.start is None or right.start_offset is None:
            continue
        pause = right.start - left.end
        if pause >= PAUSE_SECONDS:
            cuts.append(_Cut(round((left.end + right.start) / 2, 3), right.start_offset, pause))
    return cuts


def _lengths_of_runs(words: Sequence[Word]) -> list[tuple[int, int]]:
    """For each word, how many words in a row are found up to it and from it on, itself included."""
    return list(zip(_counts(words), reversed(_counts(words[::-1])), strict=True))


def _counts(words: Sequence[Word]) -> list[int]:
    counts, count = [], 0
    for word in words:
        count = count + 1 if word.aligned else 0
        counts.append(count)
    return counts
