"""The cues of a caption file with corrected times, and the file written again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from syncline.core.alignment import Word
from syncline.core.formats.clock import clock
from syncline.core.transcript.model import SourceCue


def retime(cues: Sequence[SourceCue], words: Sequence[Word], *, until: float | None) -> list[SourceCue]:
    """Each cue with the span of its heard words. A cue without a heard word keeps its place between its neighbours."""
    spans = _spans(cues, words)
    anchors = _increasing((cue.start_ms, span[0]) for cue, span in zip(cues, spans, strict=True) if span is not None)
    retimed = []
    for cue, span in zip(cues, spans, strict=True):
        start, end = span or (_shifted(cue.start_ms, anchors), _shifted(cue.end_ms, anchors))
        retimed.append(replace(cue, start_ms=start, end_ms=max(start, end)))
    return _without_overlaps(retimed, until)


def _spans(cues: Sequence[SourceCue], words: Sequence[Word]) -> list[tuple[int, int] | None]:
    """-> milliseconds, by cue. Cues and words are both in the order of the text."""
    heard = sorted((word for word in words if word.aligned), key=lambda word: word.start_offset or 0)
    spans: list[tuple[int, int] | None] = []
    index = 0
    for cue in cues:
        while index < len(heard) and (heard[index].start_offset or 0) < cue.start:
            index += 1
        first = index
        while index < len(heard) and (heard[index].start_offset or 0) < cue.end:
            index += 1
        own = heard[first:index]
        spans.append(_span(own) if own else None)
    return spans


def _span(words: Sequence[Word]) -> tuple[int, int]:
    start, end = min(word.start or 0.0 for word in words), max(word.end or 0.0 for word in words)
    return round(start * 1000), round(end * 1000)


def _increasing(anchors: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for before, after in sorted(anchors):
        if not kept or (before > kept[-1][0] and after > kept[-1][1]):
            kept.append((before, after))
    return kept


def _shifted(time: int, anchors: list[tuple[int, int]]) -> int:
    """The time that the nearest corrected times suggest: a shift at the ends, in proportion in between."""
    if not anchors:
        return time
    if time <= anchors[0][0]:
        return max(0, time + anchors[0][1] - anchors[0][0])
    for (low, low_now), (high, high_now) in pairwise(anchors):
        if low <= time <= high:
            return low_now + (time - low) * (high_now - low_now) // (high - low)
    return time + anchors[-1][1] - anchors[-1][0]


def _without_overlaps(cues: list[SourceCue], until: float | None) -> list[SourceCue]:
    limit = None if until is None else int(until * 1000)
    fitted = []
    for index, cue in enumerate(cues):
        following = cues[index + 1].start_ms if index + 1 < len(cues) else limit
        end = cue.end_ms if following is None or following <= cue.start_ms else min(cue.end_ms, following)
        fitted.append(replace(cue, end_ms=max(cue.start_ms, end)))
    return fitted


def render(cues: Sequence[SourceCue], suffix: str) -> str:
    """The file in the format that it had."""
    return to_vtt(cues) if suffix == ".vtt" else to_srt(cues)


def to_srt(cues: Sequence[SourceCue]) -> str:
    return "".join(
        f"{number}\n{clock(cue.start_ms, ',')} --> {clock(cue.end_ms, ',')}\n{_joined(cue)}\n\n"
        for number, cue in enumerate(cues, start=1)
    )


def to_vtt(cues: Sequence[SourceCue]) -> str:
    blocks = (f"\n{_times(cue)}\n{_joined(cue)}\n" for cue in cues)
    return "WEBVTT\n" + "".join(blocks)


def _times(cue: SourceCue) -> str:
    return f"{clock(cue.start_ms, '.')} --> {clock(cue.end_ms, '.')} {cue.settings}".rstrip()


def _joined(cue: SourceCue) -> str:
    return "\n".join(cue.lines)
