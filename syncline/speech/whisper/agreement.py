"""Compare the words of a transcript with what Whisper recognised: a second opinion on each word.

Each chunk's text is compared with the words that the tracker placed in that chunk or close to it, so the cost grows
linearly with the recording. The longest matching blocks tie the two together. Words between two ties differ: Whisper
wrote nothing or something else in their place. support.py asks Whisper how probable they are there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum, auto
from functools import lru_cache
from itertools import groupby

from syncline.speech.pocketsphinx.tokenizer import tokenize

TOLERANCE_SECONDS = 1.0  # the tracker may place a word on the other side of a chunk's border
_WORD = re.compile(
    r"[$£€¥₹]?[0-9]++(?:[.,:][0-9]++)*+(?:(?:st|nd|rd|th|s)\b|%)?|[^\W_]+(?:['’][^\W_]+)*", re.IGNORECASE
)
_LONGEST_FIGURE = 12


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
    chunk: int | None = None  # where Whisper wrote this word, or should have
    start: int = 0  # characters of the chunk's text that stand in the word's place
    end: int = 0


@dataclass(frozen=True, slots=True)
class Difference:
    """Words of the transcript, by index, that a part of a chunk's text stands in the place of."""

    chunk: int
    start: int
    end: int
    words: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class WrittenWord:
    """In a form in which case, apostrophes and figures make no difference, with its place in the text."""

    text: str
    start: int
    end: int


def compare(words: Sequence[PlacedWord], texts: Sequence[PlacedText]) -> list[Verdict]:
    """A verdict on each word. Both sequences are in the order of time."""
    verdicts = [Verdict()] * len(words)
    for chunk, (text, near) in enumerate(zip(texts, _near(words, texts), strict=True)):
        for index, verdict in _compare(*_parts(words, near, text), chunk):
            verdicts[index] = _stronger(verdicts[index], verdict, words[index], texts)
    return verdicts


def differences(verdicts: Mapping[int, Verdict]) -> list[Difference]:
    """The words without agreement that belong to a chunk; neighbours in the same place together."""
    differing = [
        (index, verdict)
        for index, verdict in verdicts.items()
        if verdict.opinion is not Opinion.AGREES and verdict.chunk is not None
    ]
    places = groupby(differing, key=lambda pair: (pair[1].chunk or 0, pair[1].start, pair[1].end))
    return [Difference(*place, tuple(index for index, _ in group)) for place, group in places]


def unwritten_words(words: Sequence[PlacedWord], texts: Sequence[PlacedText]) -> dict[int, list[WrittenWord]]:
    """By chunk: what Whisper wrote there and the transcript does not have."""
    found: dict[int, list[WrittenWord]] = {}
    for chunk, (text, near) in enumerate(zip(texts, _near(words, texts), strict=True)):
        own, heard = _parts(words, near, text)
        for tag, _, _, low, high in _opcodes(own, heard):
            if tag in ("insert", "replace"):
                found.setdefault(chunk, []).extend(heard[low:high])
    return found


def spoken_words(text: str) -> list[str]:
    return [word.text for word in written_words(text)]


def written_words(text: str, others: Collection[str] = frozenset()) -> Iterator[WrittenWord]:
    """`others`: the plain words of the text to compare with. They decide how a figure such as "1984" is read."""
    for match in _WORD.finditer(text):
        for spoken in _spoken(_plain(match.group()), others):
            yield WrittenWord(spoken, match.start(), match.end())


def plain_words(text: str) -> Iterator[str]:
    """Figures stay figures."""
    return (_plain(match.group()) for match in _WORD.finditer(text))


def _plain(word: str) -> str:
    return word.lower().replace("’", "'")


def _spoken(word: str, others: Collection[str]) -> tuple[str, ...]:
    readings = _readings(word)
    if word in others:  # both texts have the same figure, so any reading of it agrees
        return readings[0]
    return next((reading for reading in readings if all(part in others for part in reading)), readings[0])


@lru_cache(maxsize=4096)
def _readings(word: str) -> tuple[tuple[str, ...], ...]:
    """The ways in which a word can be read, the most likely first. Only figures have several."""
    if not any(character in "0123456789" for character in word) or len(word) > _LONGEST_FIGURE:
        return ((word,),)
    tokens = tokenize(word, lambda part: True)
    return tokens[0].spoken_forms if len(tokens) == 1 and tokens[0].spoken_forms else ((word,),)


def _parts(
    words: Sequence[PlacedWord], near: range, text: PlacedText
) -> tuple[list[tuple[str, int]], list[WrittenWord]]:
    """The parts of the words near a text, with the index of the word, and the words of the text.

    A word of the transcript such as "twenty-one" or "21" consists of several parts.
    """
    heard = frozenset(plain_words(text.text))
    own = frozenset(part for index in near for part in plain_words(words[index].text))
    parts = [(part.text, index) for index in near for part in written_words(words[index].text, heard)]
    return parts, list(written_words(text.text, own))


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


def _compare(own: Sequence[tuple[str, int]], heard: Sequence[WrittenWord], chunk: int) -> Iterator[tuple[int, Verdict]]:
    for tag, low, high, heard_low, heard_high in _opcodes(own, heard):
        if tag == "insert":
            continue
        opinion = {"equal": Opinion.AGREES, "replace": Opinion.CONTRADICTS, "delete": Opinion.SILENT}[tag]
        if heard_low < heard_high:
            start, end = heard[heard_low].start, heard[heard_high - 1].end
        else:
            start = end = heard[heard_low - 1].end if heard_low else 0
        for index in dict.fromkeys(index for _, index in own[low:high]):
            yield index, Verdict(opinion, chunk, start, end)


def _opcodes(own: Sequence[tuple[str, int]], heard: Sequence[WrittenWord]) -> Sequence[tuple[str, int, int, int, int]]:
    texts = [text for text, _ in own], [word.text for word in heard]
    return SequenceMatcher(None, *texts, autojunk=False).get_opcodes()


def _stronger(one: Verdict, other: Verdict, word: PlacedWord, texts: Sequence[PlacedText]) -> Verdict:
    """Where two chunks meet, agreement in either counts. Otherwise the chunk decides in which the word lies."""

    def rank(verdict: Verdict) -> tuple[bool, bool, bool]:
        inside = verdict.chunk is not None and _inside(word, texts[verdict.chunk])
        return verdict.opinion is not Opinion.AGREES, not inside, verdict.opinion is Opinion.SILENT

    return min(one, other, key=rank)


def _inside(word: PlacedWord, text: PlacedText) -> bool:
    return text.start <= (word.start + min(word.end, word.start + 1.0)) / 2 <= text.end
