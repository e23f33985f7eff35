"""From what was heard to the alignment that users get."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from syncline.alignment import NOT_FOUND_IN_AUDIO, SUCCESS, Phone, Word
from worker.engines import SAMPLE_RATE
from worker.engines.pocketsphinx.features import FRAMES_PER_SECOND, HOP, WINDOW
from worker.engines.pocketsphinx.sections import HeardSound, HeardWord
from worker.engines.pocketsphinx.tokens import Token

# A frame speaks for its middle, so the border between two of them lies half a hop before the second one's middle.
FRAME_OFFSET_SECONDS = (WINDOW / 2 - HOP / 2) / SAMPLE_RATE
SHORTEST_WORD = 0.02


# The model's sounds begin a little early after a pause, end late before one, and change late from word to word:
# medians over several voices. Noise hides the soft edges of words, and so turns the bias round.
JOIN_SHIFT = -0.006
START_SHIFT, START_SHIFT_IN_NOISE = 0.012, -0.055
END_SHIFT, END_SHIFT_IN_NOISE = -0.025, 0.085


def seconds(frame: int) -> float:
    return frame / FRAMES_PER_SECOND + FRAME_OFFSET_SECONDS


@dataclass(frozen=True, slots=True)
class Edges:
    """Of a word, in seconds; what lies beside it decides how they are corrected."""

    start: float
    end: float


def edges(word: HeardWord, before: HeardWord | None, after: HeardWord | None, *, noise: float, limit: float) -> Edges:
    start, end = seconds(word.start), seconds(word.end)
    if before is not None and before.end == word.start:
        start += JOIN_SHIFT
    else:
        floor = (seconds(before.end) + start) / 2 if before is not None else 0.0
        start = max(floor, start + START_SHIFT + START_SHIFT_IN_NOISE * noise)
    if after is not None and after.start == word.end:
        end += JOIN_SHIFT
    else:
        ceiling = (seconds(after.start) + end) / 2 if after is not None else limit
        end = min(ceiling, end + END_SHIFT + END_SHIFT_IN_NOISE * noise)
    start = max(0.0, start)
    return Edges(round(start, 3), round(min(limit, max(end, start + SHORTEST_WORD)), 3))


def found(token: Token, heard: HeardWord, at: Edges, *, said: str, confidence: float, names: Sequence[str]) -> Word:
    return Word(
        SUCCESS,
        token.text,
        start=at.start,
        end=at.end,
        start_offset=token.start,
        end_offset=token.end,
        aligned_word=said,
        phones=phones(heard.sounds, names, duration=at.end - at.start),
        confidence=round(confidence, 3),
    )


def missing(token: Token) -> Word:
    return Word(NOT_FOUND_IN_AUDIO, token.text, start_offset=token.start, end_offset=token.end)


def phones(sounds: Sequence[HeardSound], names: Sequence[str], *, duration: float) -> tuple[Phone, ...]:
    """Gentle's names: lower case, with the place in the word; the durations add up to the word's."""
    total = sum(sound.frames for sound in sounds)
    ends, passed = [], 0
    for sound in sounds:
        passed += sound.frames
        ends.append(round(duration * passed / total, 3))
    begins = [0.0, *ends[:-1]]
    return tuple(
        Phone(f"{names[sound.sound].lower()}_{_place(index, len(sounds))}", round(end - begin, 3))
        for index, (sound, begin, end) in enumerate(zip(sounds, begins, ends, strict=True))
    )


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
