"""Whisper's own times of words, for languages in which the tracker knows no pronunciations.

They come from the decoder's attention to the sound, and are coarse: every word that has them is marked as approximate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from syncline.core.alignment import NOT_FOUND_IN_AUDIO, NOT_FOUND_IN_TRANSCRIPT, Word
from syncline.core.languages import WITHOUT_SPACES
from syncline.speech.whisper.recognition import Recognised
from syncline.speech.whisper.text_matching import match, split_words

SHORTEST_WORD_SECONDS = 0.02
LINE_PAUSE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Transcription:
    text: str
    words: tuple[Word, ...]


def transcription_of(recognised: Iterable[Recognised], language: str) -> Transcription:
    """The recognised text and Whisper's times of its words, if it has them. A long pause starts a new line."""
    glue = "" if language in WITHOUT_SPACES else " "
    text, words, end = "", list[Word](), None
    for found in recognised:
        if not found.text:
            continue
        if end is not None:
            text += "\n" if found.start - end > LINE_PAUSE_SECONDS else glue
        words += _moved(found.words, len(text))
        text += found.text
        end = found.end
    return Transcription(text, tuple(_in_order(words)))


def _moved(words: Iterable[Word], offset: int) -> Iterator[Word]:
    for word in words:
        begin, end = (place or 0 for place in (word.start_offset, word.end_offset))
        yield replace(word, start_offset=offset + begin, end_offset=offset + end)


def _in_order(words: Iterable[Word]) -> Iterator[Word]:
    """A word starts where the one before it ends, or later, and has a duration."""
    before = 0.0
    for word in words:
        start = max(before, word.start or 0.0)
        before = max(start + SHORTEST_WORD_SECONDS, word.end or 0.0)
        yield replace(word, start=round(start, 3), end=round(before, 3))


@dataclass(frozen=True, slots=True)
class Comparison:
    """A transcript, and what Whisper wrote for the same recording."""

    transcript: str
    heard: Transcription
    conservative: bool = False  # accept no spelling but the transcript's


def place(comparison: Comparison) -> tuple[Word, ...]:
    """The words of the transcript, each with the times of the same word in what Whisper wrote."""
    own = split_words(comparison.transcript)
    texts = [comparison.transcript[part.start : part.stop] for part in own]
    heard = comparison.heard.words
    pairs = dict(match(texts, [word.word for word in heard], similar=not comparison.conservative))
    return tuple(
        replace(heard[pairs[index]], word=text, start_offset=part.start, end_offset=part.stop)
        if index in pairs
        else Word(NOT_FOUND_IN_AUDIO, text, start_offset=part.start, end_offset=part.stop)
        for index, (text, part) in enumerate(zip(texts, own, strict=True))
    )


def outside(words: Sequence[Word], heard: Transcription) -> list[Word]:
    """What Whisper wrote and no word of the transcript matches."""
    taken = {word.start for word in words if word.aligned}
    return [
        replace(word, case=NOT_FOUND_IN_TRANSCRIPT, start_offset=None, end_offset=None)
        for word in heard.words
        if word.start not in taken
    ]
