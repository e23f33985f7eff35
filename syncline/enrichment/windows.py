"""Cut a text in tokens into overlapping windows that fit a model, and choose those that may answer a question."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

# Per question. A longer text (more than an hour of speech) is read only where its words are those of the question.
MAX_WINDOWS = 48

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Window:
    """Tokens from `first` to `last` (exclusive) of a text, and its characters from `start` to `end`."""

    first: int
    last: int
    start: int
    end: int


def cut(offsets: Sequence[tuple[int, int]], *, tokens: int) -> list[Window]:
    """Windows of at most so many tokens. Neighbours share a third, so an answer is whole in one of them."""
    step = max(1, tokens - tokens // 3)
    windows = []
    for first in range(0, max(1, len(offsets)), step):
        part = offsets[first : first + tokens]
        if part:
            windows.append(Window(first, first + len(part), part[0][0], part[-1][1]))
        if first + tokens >= len(offsets):
            break
    return windows


def choose(windows: Sequence[Window], text: str, question: str, *, most: int = MAX_WINDOWS) -> list[Window]:
    """All windows, or those that share the rarest words with the question, in the order of the text."""
    if len(windows) <= most:
        return list(windows)
    contents = [_words(text[window.start : window.end]) for window in windows]
    frequency = Counter(word for content in contents for word in content)
    wanted = _words(question)

    def overlap(index: int) -> float:
        return sum(math.log(len(windows) / frequency[word]) for word in wanted & contents[index])

    best = sorted(range(len(windows)), key=lambda index: (-overlap(index), index))[:most]
    return [windows[index] for index in sorted(best)]


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))
