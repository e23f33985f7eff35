"""An alignment in the formats that other tools read: Gentle's CSV, Praat's TextGrid, SRT and WebVTT captions."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from syncline.core.alignment import NOT_FOUND_IN_TRANSCRIPT, Alignment, Word, to_json
from syncline.core.captions import cues_from_words, to_srt, to_vtt
from syncline.core.errors import InvalidOptionsError
from syncline.core.options import OUTPUTS

_POSITION = re.compile(r"_[BIES]$")  # Kaldi's mark for a phone's place in its word, as in "hh_B"

_SHORTEST = 0.001  # seconds; Praat opens no grid without a length


def render(alignment: Alignment, format: str, *, language: str = "en") -> str:
    """The whole file's text. `language` is the spoken one: it decides how captions are cut."""
    match format:
        case "json":
            return to_json(alignment)
        case "csv":
            return to_csv(alignment)
        case "srt":
            return to_srt(cues_from_words(alignment, language))
        case "vtt":
            return to_vtt(cues_from_words(alignment, language))
        case "textgrid":
            return to_textgrid(alignment)
    raise InvalidOptionsError(
        f"“{format}” is not an output format.",
        code="unknown_output",
        hint=f"Allowed are: {', '.join(OUTPUTS)}.",
    )


def to_csv(alignment: Alignment) -> str:
    """Gentle's columns, as Gentle writes them: no header, CRLF, no words from beside the transcript."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(
        (word.word, word.aligned_word, _seconds(word.start), _seconds(word.end))
        for word in alignment.words
        if word.case != NOT_FOUND_IN_TRANSCRIPT
    )
    return buffer.getvalue()


@dataclass(frozen=True, slots=True)
class _Interval:
    start: float
    end: float
    label: str


def to_textgrid(alignment: Alignment) -> str:
    """Praat's long text format, with a tier of words and one of phones.

    By hand: praatio saves to a path rather than to a string, and this is all of it that is needed. Intervals must
    tile the whole recording, so silence is an empty one, and of words that overlap the later is cut.
    """
    heard = [word for word in alignment.words if word.start is not None and word.end is not None]
    words = _in_turn(_Interval(word.start or 0, word.end or 0, word.word) for word in heard)
    phones = _in_turn(phone for word in heard for phone in _phones(word))
    recorded = float(alignment.info.get("audio_seconds") or 0)
    end = max([_SHORTEST, recorded, *(interval.end for interval in (*words, *phones))])
    tiers = [("words", _tiled(words, end)), ("phones", _tiled(phones, end))]
    lines = [
        'File type = "ooTextFile"', 'Object class = "TextGrid"', "",
        "xmin = 0", f"xmax = {_seconds(end)}", "tiers? <exists>", f"size = {len(tiers)}", "item []:",
    ]  # fmt: skip
    for number, (name, intervals) in enumerate(tiers, start=1):
        lines += [f"    item [{number}]:", *_tier(name, intervals, end)]
    return "\n".join(lines) + "\n"


def _tier(name: str, intervals: Sequence[_Interval], end: float) -> Iterator[str]:
    yield '        class = "IntervalTier"'
    yield f'        name = "{name}"'
    yield "        xmin = 0"
    yield f"        xmax = {_seconds(end)}"
    yield f"        intervals: size = {len(intervals)}"
    for number, interval in enumerate(intervals, start=1):
        label = interval.label.replace('"', '""')
        yield f"        intervals [{number}]:"
        yield f"            xmin = {_seconds(interval.start)}"
        yield f"            xmax = {_seconds(interval.end)}"
        yield f'            text = "{label}"'


def _phones(word: Word) -> Iterator[_Interval]:
    """A phone has no start of its own; the last ends with its word."""
    start, end = word.start or 0.0, word.end or 0.0
    ends = [*accumulate((phone.duration for phone in word.phones), initial=start)][1:]
    for phone, stop in zip(word.phones, [*ends[:-1], end], strict=False):
        yield _Interval(start, stop, _POSITION.sub("", phone.phone))
        start = stop


def _in_turn(intervals: Iterator[_Interval]) -> list[_Interval]:
    """Each begins where the one before has ended; what has no time left of its own is left out."""
    kept: list[_Interval] = []
    for interval in sorted(intervals, key=lambda interval: interval.start):
        start = max(_rounded(interval.start), kept[-1].end if kept else 0.0)
        end = _rounded(interval.end)
        if end > start:
            kept.append(_Interval(start, end, interval.label))
    return kept


def _tiled(intervals: Sequence[_Interval], end: float) -> list[_Interval]:
    tiled: list[_Interval] = []
    time = 0.0
    for interval in intervals:
        if interval.start > time:
            tiled.append(_Interval(time, interval.start, ""))
        tiled.append(interval)
        time = interval.end
    if end > time or not tiled:
        tiled.append(_Interval(time, end, ""))
    return tiled


def _rounded(seconds: float) -> float:
    return round(seconds, 3)


def _seconds(seconds: float | None) -> float | None:
    return None if seconds is None else _rounded(seconds)
