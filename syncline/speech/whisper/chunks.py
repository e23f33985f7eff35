"""Cut a recording into chunks of speech of at most 28 seconds, at its quietest places.

Chunks do not depend on each other, so they are recognised on all cores at once and the result does not depend on how.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from syncline.media.audio import SAMPLE_RATE, Audio

FRAME = SAMPLE_RATE // 50
FRAME_SECONDS = 0.02
MAX_FRAMES = 28 * 50
MIN_SPEECH_FRAMES = 10
PAUSE_FRAMES = 15  # a shorter pause does not end a chunk
MARGIN_FRAMES = 10
SILENCE_DB = -60.0  # of full scale: below this nothing is speech
ABOVE_NOISE_DB = 8.0
_BLOCK_FRAMES = 50 * 600  # ten minutes of samples in memory at a time


@dataclass(frozen=True, slots=True)
class Chunk:
    """audio[start:end], in samples."""

    start: int
    end: int


def speech_chunks(audio: Audio) -> list[Chunk]:
    levels = _levels(audio)
    if not len(levels):
        return []
    spans = [span for run in _runs(loud_frames(levels)) for span in _cut(levels, *run)]
    return [Chunk(begin * FRAME, min(audio.samples, end * FRAME)) for begin, end in _packed(spans)]


def loud_frames(levels: NDArray[np.float64]) -> NDArray[np.bool_]:
    """The frames that are louder than silence and than the recording's noise."""
    if not len(levels):
        return np.zeros(0, np.bool_)
    quiet = float(np.percentile(levels, 10))
    loud: NDArray[np.bool_] = levels > max(SILENCE_DB, min(quiet + ABOVE_NOISE_DB, float(np.percentile(levels, 60))))
    return loud


def levels_of(samples: NDArray[np.int16]) -> NDArray[np.float64]:
    """The level of each whole frame in dB of full scale."""
    whole = samples[: len(samples) // FRAME * FRAME].astype(np.float64).reshape(-1, FRAME)
    levels: NDArray[np.float64] = 10 * np.log10(np.maximum((whole**2).mean(axis=1) / 32768**2, 1e-12))
    return levels


def _packed(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Neighbours together, since a chunk of any length costs the model as much as one of 30 seconds."""
    packed: tuple[int, int] | None = None
    for begin, end in spans:
        if packed is not None and end - packed[0] <= MAX_FRAMES:
            packed = (packed[0], end)
            continue
        if packed is not None:
            yield packed
        packed = (begin, end)
    if packed is not None:
        yield packed


def _levels(audio: Audio) -> NDArray[np.float64]:
    parts = []
    for first in range(0, audio.samples // FRAME, _BLOCK_FRAMES):
        count = min(_BLOCK_FRAMES, audio.samples // FRAME - first) * FRAME
        parts.append(levels_of(np.fromfile(audio.path, "<i2", count=count, offset=2 * first * FRAME)))
    return np.concatenate(parts) if parts else np.zeros(0)


def _runs(loud: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Stretches of speech with their margins; pauses that are short are part of them."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], loud, [False]]).astype(np.int8)))
    begin, end = None, 0
    for start, stop in edges.reshape(-1, 2):
        if begin is not None and start - end > PAUSE_FRAMES + 2 * MARGIN_FRAMES:
            yield from _with_margin(begin, end, len(loud))
            begin = None
        begin = int(start) if begin is None else begin
        end = int(stop)
    if begin is not None:
        yield from _with_margin(begin, end, len(loud))


def _with_margin(begin: int, end: int, length: int) -> Iterator[tuple[int, int]]:
    if end - begin >= MIN_SPEECH_FRAMES:
        yield max(0, begin - MARGIN_FRAMES), min(length, end + MARGIN_FRAMES)


def _cut(levels: NDArray[np.float64], begin: int, end: int) -> Iterator[tuple[int, int]]:
    """At the quietest frame of the second half of what fits."""
    while end - begin > MAX_FRAMES:
        low, high = begin + MAX_FRAMES // 2, begin + MAX_FRAMES
        smooth = np.convolve(levels[low:high], np.ones(9) / 9, mode="same")
        cut = low + int(np.argmin(smooth))
        yield begin, cut
        begin = cut
    yield begin, end
