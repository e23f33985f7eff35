"""The times of the words in a chunk's text, from the times of Whisper's tokens and the loudness of the chunk."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from syncline.core.alignment import SUCCESS, Word
from syncline.speech.whisper.chunks import FRAME_SECONDS, levels_of, loud_frames
from syncline.speech.whisper.text_matching import split_words


@dataclass(frozen=True, slots=True)
class TimedTokens:
    """`characters[i]` is the number of characters that token i completes. It lasts from times[i] to times[i + 1]."""

    characters: Sequence[int]
    times: Sequence[float]


def words_of(text: str, tokens: TimedTokens, samples: NDArray[np.int16], *, start: float) -> tuple[Word, ...]:
    """The words with offsets in the text. `start` is where the samples start in the recording, in seconds.

    A pause between two words is part of one of them in Whisper's times. The quiet edges of a word are cut off.
    """
    ends = list(accumulate(tokens.characters))
    loud = np.flatnonzero(loud_frames(levels_of(samples)))
    words = []
    for part in split_words(text):
        first, last = (bisect_right(ends, place) for place in (part.start, part.stop - 1))
        begin, end = _without_quiet_edges(tokens.times[first], tokens.times[last + 1], loud)
        written = text[part.start : part.stop]
        word = Word(SUCCESS, written, start + begin, start + end, part.start, part.stop, written.lower())
        words.append(replace(word, approximate=True))
    return tuple(words)


def _without_quiet_edges(begin: float, end: float, loud: NDArray[np.intp]) -> tuple[float, float]:
    low, high = np.searchsorted(loud, [round(begin / FRAME_SECONDS), round(end / FRAME_SECONDS)])
    if low == high:
        return begin, end
    return max(begin, float(loud[low]) * FRAME_SECONDS), min(end, float(loud[high - 1] + 1) * FRAME_SECONDS)
