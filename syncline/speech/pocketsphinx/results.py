"""Turn word hypotheses into the words and phones of an alignment: frames become seconds."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from syncline.core.alignment import NOT_FOUND_IN_AUDIO, SUCCESS, Phone, Word
from syncline.media.audio import SAMPLE_RATE
from syncline.speech.pocketsphinx.features import FRAMES_PER_SECOND, HOP, WINDOW
from syncline.speech.pocketsphinx.hypotheses import WordHypothesis
from syncline.speech.pocketsphinx.tokenizer import Token

# A frame describes the sound at its centre: the edge between two frames is half a hop before the second one's centre.
FRAME_OFFSET_SECONDS = (WINDOW / 2 - HOP / 2) / SAMPLE_RATE
SHORTEST_PHONE_SECONDS = 0.01


def seconds(frame: float) -> float:
    return frame / FRAMES_PER_SECOND + FRAME_OFFSET_SECONDS


@dataclass(frozen=True, slots=True)
class WordTimes:
    start: float
    end: float


def refined_times(
    word: WordHypothesis, before: WordHypothesis | None, after: WordHypothesis | None, *, limit: float
) -> WordTimes:
    """Apply edge refinement. An edge moves by at most a third of a word or half of a pause, so words keep their order.

    `limit`: length of the recording.
    """
    earliest, latest = float("-inf"), float("inf")
    if before is not None:
        earliest = before.end - _third(before) if before.end == word.start else (before.end + word.start) / 2
    if after is not None:
        latest = after.start + _third(after) if after.start == word.end else (word.end + after.start) / 2
    start = min(max(word.start + word.start_shift, earliest), word.start + _third(word))
    end = max(min(word.end + word.end_shift, latest), word.end - _third(word))
    return WordTimes(round(max(0.0, seconds(start)), 3), round(min(limit, seconds(end)), 3))


def _third(word: WordHypothesis) -> float:
    return (word.end - word.start) / 3


def found_word(
    token: Token,
    hypothesis: WordHypothesis,
    times: WordTimes,
    *,
    spoken_form: str,
    confidence: float,
    names: Sequence[str],
) -> Word:
    """`names`: of the model's phones."""
    return Word(
        SUCCESS,
        token.text,
        start=times.start,
        end=times.end,
        start_offset=token.start,
        end_offset=token.end,
        aligned_word=spoken_form,
        phones=phones(hypothesis, times, names),
        confidence=round(confidence, 3),
    )


def missing_word(token: Token) -> Word:
    return Word(NOT_FOUND_IN_AUDIO, token.text, start_offset=token.start, end_offset=token.end)


def phones(hypothesis: WordHypothesis, times: WordTimes, names: Sequence[str]) -> tuple[Phone, ...]:
    """In Gentle's notation: lower case, with the position in the word. The durations add up to the word's."""
    edges = _phone_edges(hypothesis, times)
    return tuple(
        Phone(f"{names[segment.phone].lower()}_{_position(index, len(hypothesis.phones))}", round(end - begin, 3))
        for index, (segment, begin, end) in enumerate(
            zip(hypothesis.phones, [times.start, *edges], [*edges, times.end], strict=True)
        )
    )


def _phone_edges(hypothesis: WordHypothesis, times: WordTimes) -> list[float]:
    """Edges between the word's phones. Each phone keeps some time even if refinement moved the word's edges inwards."""
    shortest = min(SHORTEST_PHONE_SECONDS, (times.end - times.start) / len(hypothesis.phones))
    frame, edges, previous = hypothesis.start, list[float](), times.start
    for index, segment in enumerate(hypothesis.phones[:-1], start=1):
        frame += segment.frames
        latest = times.end - shortest * (len(hypothesis.phones) - index)
        previous = max(previous + shortest, min(seconds(frame), latest))
        edges.append(round(previous, 3))
    return edges


def _position(index: int, count: int) -> str:
    if count == 1:
        return "S"
    return "B" if index == 0 else "E" if index == count - 1 else "I"


def merge_by_time(words: Sequence[Word], additional: Sequence[Word]) -> tuple[Word, ...]:
    """Insert words that are not in the transcript before the first later word of the transcript."""
    merged: list[Word] = []
    waiting = deque(additional)
    for word in words:
        while waiting and word.start is not None and (waiting[0].start or 0.0) < word.start:
            merged.append(waiting.popleft())
        merged.append(word)
    return (*merged, *waiting)
