"""The waveform of a recording: for each fiftieth of a second its lowest and highest sample, for pages that draw it.

The file is audiowaveform's data format, version 2, with 8 bits and one channel. peaks.js reads it, too. An hour takes
360 kB. The header has little-endian numbers of 32 bits: version, flags (1: 8 bits), sampling rate, samples per point,
number of points, channels. Then each point has two signed bytes: the lowest and the highest sample.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from syncline.media.audio import SAMPLE_RATE, Audio

if TYPE_CHECKING:
    import numpy as np

POINTS_PER_SECOND = 50
SAMPLES_PER_POINT = SAMPLE_RATE // POINTS_PER_SECOND
_VERSION, _EIGHT_BITS, _CHANNELS = 2, 1, 1
_CHUNK_POINTS = 60 * POINTS_PER_SECOND


def waveform(audio: Audio) -> bytes:
    """The file, from the decoded samples, with a minute of them in memory at a time."""
    points = -(-audio.samples // SAMPLES_PER_POINT)
    header = struct.pack("<iIiiIi", _VERSION, _EIGHT_BITS, SAMPLE_RATE, SAMPLES_PER_POINT, points, _CHANNELS)
    return header + b"".join(_extremes(audio, first) for first in range(0, points, _CHUNK_POINTS))


def _extremes(audio: Audio, first_point: int) -> bytes:
    import numpy as np

    start = first_point * SAMPLES_PER_POINT
    count = min(_CHUNK_POINTS * SAMPLES_PER_POINT, audio.samples - start)
    samples = np.fromfile(audio.path, dtype="<i2", count=count, offset=2 * start)
    starts = np.arange(0, count, SAMPLES_PER_POINT)
    extremes: np.ndarray[tuple[int, int], np.dtype[np.int16]] = np.stack(
        [np.minimum.reduceat(samples, starts), np.maximum.reduceat(samples, starts)], axis=1
    )
    return (extremes >> 8).astype(np.int8).tobytes()
