"""Compare the words of a transcript with what Whisper recognised: a second opinion on each word.

Each chunk's text is compared with the words that the tracker placed in that chunk or close to it, so the cost grows
linearly with the recording. The longest matching blocks tie the two together. Between two ties, words that are similar
agree, too. A word at a place where Whisper wrote another one is contradicted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum, auto
from functools import lru_cache

from syncline.speech.pocketsphinx.number_words import integer_forms

SIMILAR = 0.7
TOLERANCE_SECONDS = 1.0  # the tracker may place a word on the other side of a chunk's border
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_LONGEST_NUMBER = 6


class Opinion(Enum):
    AGREES = auto()
    SILENT = auto()  # Whisper wrote nothing at this place: it drops words that people repeat or swallow
    CONTRADICTS = auto()  # Whisper wrote another word at this place


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A word of the transcript, and the part of the recording in which it must lie, in seconds."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class PlacedText:
    """What Whisper wrote for a chunk of the recording."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Verdict:
    opinion: Opinion = Opinion.SILENT
    chunk: int | None = None  # where Whisper wrote this word, or another one in its place


def compare(words: Sequence[PlacedWord], texts: Sequence[PlacedText]) -> list[Verdict]:
    """A verdict on each word. Both sequences are in the order of time."""
    verdicts = [Verdict()] * len(words)
    for chunk, (text, near) in enumerate(zip(texts, _near(words, texts), strict=True)):
        heard = spoken_words(text.text)
        own = [part for index in near for part in _parts(words[index].text, index)]
        for index, opinion in _compare(own, heard):
            verdicts[index] = _stronger(verdicts[index], Verdict(opinion, chunk))
    return verdicts


def spoken_words(text: str) -> list[str]:
    """The words of a text in a form in which case, apostrophes and figures make no difference."""
    return [part for word in _WORD.findall(text) for part in _spoken(word)]


@lru_cache(maxsize=4096)
def _spoken(word: str) -> tuple[str, ...]:
    plain = word.lower().replace("’", "'")
    if plain.isascii() and plain.isdigit() and len(plain) <= _LONGEST_NUMBER:
        return integer_forms(plain)[0]
    return (plain,)


def _parts(word: str, index: int) -> Iterator[tuple[str, int]]:
    """A token such as "twenty-one" or "21" consists of several words."""
    return ((part, index) for part in spoken_words(word))


def _near(words: Sequence[PlacedWord], texts: Sequence[PlacedText]) -> Iterator[range]:
    """For each text, the words between the first and the last one that lie in its chunk or close to it."""
    first = 0
    for text in texts:
        while first < len(words) and words[first].end < text.start - TOLERANCE_SECONDS:
            first += 1
        last = first
        while last < len(words) and words[last].start < text.end + TOLERANCE_SECONDS:
            last += 1
        yield range(first, last)


def _compare(own: Sequence[tuple[str, int]], heard: Sequence[str]) -> Iterator[tuple[int, Opinion]]:
    matcher = SequenceMatcher(None, [text for text, _ in own], heard, autojunk=False)
    for tag, low, high, heard_low, heard_high in matcher.get_opcodes():
        if tag == "equal":
            yield from ((index, Opinion.AGREES) for _, index in own[low:high])
        elif tag == "replace":
            yield from _compare_different(own[low:high], heard[heard_low:heard_high])


def _compare_different(own: Sequence[tuple[str, int]], heard: Sequence[str]) -> Iterator[tuple[int, Opinion]]:
    """In order: each word may agree with a similar one that no earlier word has taken."""
    first = 0
    for text, index in own:
        similar = next((place for place in range(first, len(heard)) if _similar(text, heard[place])), None)
        if similar is None:
            yield index, Opinion.CONTRADICTS
        else:
            yield index, Opinion.AGREES
            first = similar + 1


def _similar(one: str, other: str) -> bool:
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= SIMILAR


def _stronger(one: Verdict, other: Verdict) -> Verdict:
    """Where two chunks meet, agreement in either counts."""
    order = (Opinion.AGREES, Opinion.CONTRADICTS, Opinion.SILENT)
    return min(one, other, key=lambda verdict: order.index(verdict.opinion))
