"""From what was heard to the alignment that users get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from syncline.alignment import NOT_FOUND_IN_AUDIO, NOT_FOUND_IN_TRANSCRIPT, SUCCESS, Phone, Word
from worker.engines.pocketsphinx.features import FRAMES_PER_SECOND, HOP, WINDOW
from worker.engines.pocketsphinx.sections import HeardSound, HeardWord
from worker.engines.pocketsphinx.tokens import Token
from worker.engines import SAMPLE_RATE

# A frame speaks for its middle, so the border between two of them lies half a hop before the second one's middle.
FRAME_OFFSET_SECONDS = (WINDOW / 2 - HOP / 2) / SAMPLE_RATE


def seconds(frame: int) -> float:
    return frame / FRAMES_PER_SECOND + FRAME_OFFSET_SECONDS


def found(token: Token, heard: HeardWord, *, said: str, confidence: float, names: Sequence[str], limit: float) -> Word:
    start, end = seconds(heard.start), min(seconds(heard.end), limit)
    return Word(
        SUCCESS,
        token.text,
        start=round(start, 3),
        end=round(end, 3),
        start_offset=token.start,
        end_offset=token.end,
        aligned_word=said,
        phones=phones(heard.sounds, names, duration=round(end, 3) - round(start, 3)),
        confidence=confidence,
    )


def missing(token: Token) -> Word:
    return Word(NOT_FOUND_IN_AUDIO, token.text, start_offset=token.start, end_offset=token.end)


def unwritten(text: str, start: float, end: float, *, phones: tuple[Phone, ...] = (), confidence: float) -> Word:
    return Word(
        NOT_FOUND_IN_TRANSCRIPT, text, start=start, end=end, aligned_word=text, phones=phones, confidence=confidence
    )


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


def in_order(words: Sequence[Word], extra: Mapping[int, Sequence[Word]]) -> tuple[Word, ...]:
    """`extra`: what was heard beside the text, by the index of the word it comes before."""
    ordered: list[Word] = []
    for index, word in enumerate([*words, None]):
        ordered += extra.get(index, ())
        if word is not None:
            ordered.append(word)
    return tuple(ordered)
