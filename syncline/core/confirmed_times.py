"""The word times that a person has confirmed: the file <name>.times.json beside a recording.

{"transcript": "Hello, Zoë again!", "words": [{"startOffset": 7, "endOffset": 10, "start": 0.72, "end": 1.18}]}

The offsets count code points of `transcript`, the text that the person saw. So the words are found again in a later
version of the text. Other fields of a word are ignored: an alignment.json with only the confirmed words is such a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from syncline.core import strict_json
from syncline.core.errors import InvalidInputError
from syncline.core.seconds import round_time

MAX_SECONDS = 1e9
_HINT = 'Write {"transcript": …, "words": [{"startOffset": 0, "endOffset": 5, "start": 0.48, "end": 0.72}]}.'


@dataclass(frozen=True, slots=True)
class ConfirmedWord:
    start_offset: int
    end_offset: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class ConfirmedTimes:
    transcript: str = ""
    words: tuple[ConfirmedWord, ...] = ()


NONE_CONFIRMED = ConfirmedTimes()


def read(document: bytes) -> ConfirmedTimes:
    """Raises InvalidInputError that says what is wrong with the file."""
    try:
        values = strict_json.parse(document.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _invalid("it is not JSON in UTF-8") from error
    if not isinstance(values, dict) or not isinstance(values.get("transcript"), str):
        raise _invalid("it is not an object with a transcript")
    if not isinstance(values.get("words"), list):
        raise _invalid("“words” is not a list")
    transcript = values["transcript"]
    words = tuple(_word(item, number, transcript) for number, item in enumerate(values["words"]))
    for number, (word, following) in enumerate(pairwise(words)):
        if following.start_offset < word.end_offset or following.start < word.end:
            raise _invalid(f"word {number + 1} does not follow word {number} in the text and in time")
    return ConfirmedTimes(transcript, words)


def _word(item: Any, number: int, transcript: str) -> ConfirmedWord:
    if not isinstance(item, dict):
        raise _invalid(f"word {number} is not an object")
    first, last = _number(item.get("startOffset")), _number(item.get("endOffset"))
    if not 0 <= first < last <= len(transcript) or first % 1 or last % 1:
        raise _invalid(f"word {number} has no offsets in the transcript")
    start, end = round_time(_number(item.get("start"))), round_time(_number(item.get("end")))
    if not 0 <= start < end < MAX_SECONDS:
        raise _invalid(f"word {number} has no start and end in seconds")
    return ConfirmedWord(int(first), int(last), start, end)


def _number(value: object) -> float:
    """A negative number if it is none."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < MAX_SECONDS:
        return -1.0
    return float(value)


def _invalid(reason: str) -> InvalidInputError:
    return InvalidInputError(f"The confirmed times cannot be used: {reason}.", code="invalid_times", hint=_HINT)
