"""From what was heard to the alignment that users get."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from syncline.core.alignment import NOT_FOUND_IN_AUDIO, SUCCESS, Phone, Word
from syncline.media.audio import SAMPLE_RATE
from syncline.speech.pocketsphinx.decoding import HeardWord
from syncline.speech.pocketsphinx.features import FRAMES_PER_SECOND, HOP, WINDOW
from syncline.speech.pocketsphinx.tokenizer import Token

# A frame speaks for its middle, so the border between two of them lies half a hop before the second one's middle.
FRAME_OFFSET_SECONDS = (WINDOW / 2 - HOP / 2) / SAMPLE_RATE
SHORTEST_SOUND = 0.01


def seconds(frame: float) -> float:
    return frame / FRAMES_PER_SECOND + FRAME_OFFSET_SECONDS


@dataclass(frozen=True, slots=True)
class Edges:
    """Of a word, in seconds."""

    start: float
    end: float


def edges(word: HeardWord, before: HeardWord | None, after: HeardWord | None, *, limit: float) -> Edges:
    """No edge takes more than a third of a word, nor more than half of a pause."""
    earliest, latest = float("-inf"), float("inf")
    if before is not None:
        earliest = before.end - _third(before) if before.end == word.start else (before.end + word.start) / 2
    if after is not None:
        latest = after.start + _third(after) if after.start == word.end else (word.end + after.start) / 2
    start = min(max(word.start + word.start_shift, earliest), word.start + _third(word))
    end = max(min(word.end + word.end_shift, latest), word.end - _third(word))
    return Edges(round(max(0.0, seconds(start)), 3), round(min(limit, seconds(end)), 3))


def _third(word: HeardWord) -> float:
    return (word.end - word.start) / 3


def found(token: Token, heard: HeardWord, at: Edges, *, said: str, confidence: float, names: Sequence[str]) -> Word:
    return Word(
        SUCCESS,
        token.text,
        start=at.start,
        end=at.end,
        start_offset=token.start,
        end_offset=token.end,
        aligned_word=said,
        phones=phones(heard, at, names),
        confidence=round(confidence, 3),
    )


def missing(token: Token) -> Word:
    return Word(NOT_FOUND_IN_AUDIO, token.text, start_offset=token.start, end_offset=token.end)


def phones(heard: HeardWord, at: Edges, names: Sequence[str]) -> tuple[Phone, ...]:
    """Gentle's names: lower case, with the place in the word; the durations add up to the word's."""
    borders = _inner_borders(heard, at)
    return tuple(
        Phone(f"{names[sound.sound].lower()}_{_place(index, len(heard.sounds))}", round(end - begin, 3))
        for index, (sound, begin, end) in enumerate(
            zip(heard.sounds, [at.start, *borders], [*borders, at.end], strict=True)
        )
    )


def _inner_borders(heard: HeardWord, at: Edges) -> list[float]:
    """Where one sound of the word changes to the next; each keeps a little of a word whose ends moved inwards."""
    least = min(SHORTEST_SOUND, (at.end - at.start) / len(heard.sounds))
    frame, borders, before = heard.start, list[float](), at.start
    for index, sound in enumerate(heard.sounds[:-1], start=1):
        frame += sound.frames
        room = at.end - least * (len(heard.sounds) - index)
        before = max(before + least, min(seconds(frame), room))
        borders.append(round(before, 3))
    return borders


def _place(index: int, count: int) -> str:
    if count == 1:
        return "S"
    return "B" if index == 0 else "E" if index == count - 1 else "I"


def in_order(words: Sequence[Word], beside: Sequence[Word]) -> tuple[Word, ...]:
    """The words of the text in their order, what was heard beside it where its time has come."""
    ordered: list[Word] = []
    waiting = deque(beside)
    for word in words:
        while waiting and word.start is not None and (waiting[0].start or 0.0) < word.start:
            ordered.append(waiting.popleft())
        ordered.append(word)
    return (*ordered, *waiting)
