"""Praat's TextGrid in the long text format, with a tier of words and a tier of phones for each speaker.

Written here because praatio saves to a path only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from syncline.core.alignment import Word
from syncline.core.formats.model import Document
from syncline.core.seconds import round_time, rounded
from syncline.core.speakers import tier_name, words_by_speaker

_POSITION = re.compile(r"_[BIES]$")  # Kaldi marks a phone's place in its word, as in "hh_B"

_SHORTEST = 0.001  # seconds; Praat opens no grid without a length


@dataclass(frozen=True, slots=True)
class _Interval:
    start: float
    end: float
    label: str


def render(document: Document) -> str:
    alignment = document.alignment
    heard = [word for word in alignment.words if word.start is not None and word.end is not None]
    tiers: dict[str, list[_Interval]] = {}
    for speaker, words in (words_by_speaker(heard, document.sentences) or {None: []}).items():
        spoken = (_Interval(word.start or 0, word.end or 0, word.word) for word in words)
        tiers[tier_name("words", speaker)] = _without_overlaps(spoken)
        tiers[tier_name("phones", speaker)] = _without_overlaps(phone for word in words for phone in _phones(word))
    ends = (interval.end for tier in tiers.values() for interval in tier)
    end = max([_SHORTEST, alignment.audio_seconds or 0.0, *ends])
    lines = [
        'File type = "ooTextFile"', 'Object class = "TextGrid"', "",
        "xmin = 0", f"xmax = {rounded(end)}", "tiers? <exists>", f"size = {len(tiers)}", "item []:",
    ]  # fmt: skip
    for number, (name, intervals) in enumerate(tiers.items(), start=1):
        lines += [f"    item [{number}]:", *_tier(name, _tiled(intervals, end), end)]
    return "\n".join(lines) + "\n"


def _tier(name: str, intervals: Sequence[_Interval], end: float) -> Iterator[str]:
    yield '        class = "IntervalTier"'
    yield f'        name = "{_quoted(name)}"'
    yield "        xmin = 0"
    yield f"        xmax = {rounded(end)}"
    yield f"        intervals: size = {len(intervals)}"
    for number, interval in enumerate(intervals, start=1):
        yield f"        intervals [{number}]:"
        yield f"            xmin = {rounded(interval.start)}"
        yield f"            xmax = {rounded(interval.end)}"
        yield f'            text = "{_quoted(interval.label)}"'


def _quoted(text: str) -> str:
    return text.replace('"', '""')


def _phones(word: Word) -> Iterator[_Interval]:
    """A phone starts where the one before it ends; the last one ends with its word."""
    start, end = word.start or 0.0, word.end or 0.0
    ends = [*accumulate((phone.duration for phone in word.phones), initial=start)][1:]
    for phone, stop in zip(word.phones, [*ends[:-1], end], strict=False):
        yield _Interval(start, stop, _POSITION.sub("", phone.phone))
        start = stop


def _without_overlaps(intervals: Iterator[_Interval]) -> list[_Interval]:
    """Of intervals that overlap the later one is cut; one that has no time left is dropped."""
    kept: list[_Interval] = []
    for interval in sorted(intervals, key=lambda interval: interval.start):
        start = max(round_time(interval.start), kept[-1].end if kept else 0.0)
        end = round_time(interval.end)
        if end > start:
            kept.append(_Interval(start, end, interval.label))
    return kept


def _tiled(intervals: Sequence[_Interval], end: float) -> list[_Interval]:
    """Praat wants intervals without gaps: silence is an interval without text."""
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
