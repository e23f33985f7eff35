"""Split a long recording and its transcript into chunks that Gentle handles well. Pure.

Gentle drifts on very long recordings, and its matching and its second pass take more than quadratic time. The embedded
aligner, which is many times faster, maps the text to the audio first. A chunk ends only in a pause between two words,
with several consecutive words found on each side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from syncline.core.alignment import NOT_FOUND_IN_TRANSCRIPT, Word

MIN_PAUSE_SECONDS = 0.25
MIN_RUN_WORDS = 4  # found on each side of a boundary; a single word can be a false match
MIN_FILL = 0.6  # of the longest chunk: the boundary is the longest pause after this point


@dataclass(frozen=True, slots=True)
class Chunk:
    """[start, end) of the audio in seconds, and of the transcript in code points."""

    start: float
    end: float
    start_offset: int
    end_offset: int

    @property
    def seconds(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class _Boundary:
    seconds: float
    offset: int
    pause: float


def split(reference: Sequence[Word], *, seconds: float, characters: int, max_seconds: float) -> list[Chunk]:
    """Return chunks that cover the recording and the transcript. A chunk exceeds `max_seconds` only where no safe
    boundary occurs in time."""
    chunks, begin = [], _Boundary(0.0, 0, 0.0)
    boundaries = _safe_boundaries(reference)
    while seconds - begin.seconds > max_seconds:
        later = [boundary for boundary in boundaries if boundary.seconds > begin.seconds]
        chosen = _choose(later, begin.seconds, max_seconds)
        if chosen is None:
            break
        chunks.append(Chunk(begin.seconds, chosen.seconds, begin.offset, chosen.offset))
        begin = chosen
    return [*chunks, Chunk(begin.seconds, seconds, begin.offset, characters)]


def _choose(boundaries: Sequence[_Boundary], begin: float, max_seconds: float) -> _Boundary | None:
    """Prefer the longest pause in the last part of the chunk, then the last pause before that part, then the first
    pause after the limit."""
    within = [boundary for boundary in boundaries if boundary.seconds - begin <= max_seconds]
    late = [boundary for boundary in within if boundary.seconds - begin >= MIN_FILL * max_seconds]
    if late:
        return max(late, key=lambda boundary: boundary.pause)
    if within:
        return within[-1]
    return boundaries[0] if boundaries else None


def _safe_boundaries(reference: Sequence[Word]) -> list[_Boundary]:
    words = [word for word in reference if word.case != NOT_FOUND_IN_TRANSCRIPT]
    up_to, from_on = _run_lengths(words), _run_lengths(words[::-1])[::-1]
    boundaries = []
    for index, (left, right) in enumerate(pairwise(words)):
        if up_to[index] < MIN_RUN_WORDS or from_on[index + 1] < MIN_RUN_WORDS:
            continue
        if left.end is None or right.start is None or right.start_offset is None:
            continue
        pause = right.start - left.end
        if pause >= MIN_PAUSE_SECONDS:
            boundaries.append(_Boundary(round((left.end + right.start) / 2, 3), right.start_offset, pause))
    return boundaries


def _run_lengths(words: Sequence[Word]) -> list[int]:
    """For each word, return the number of consecutive found words that end with it."""
    lengths, length = [], 0
    for word in words:
        length = length + 1 if word.aligned else 0
        lengths.append(length)
    return lengths
