"""A stretch of a decoded recording as a wav file, for programs that want one."""

from __future__ import annotations

import warnings
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from syncline.media.audio import SAMPLE_RATE, Audio

if TYPE_CHECKING:
    import numpy as np
    from pydub import AudioSegment

_CHUNK_SAMPLES = 60 * SAMPLE_RATE
_TAPS = 127  # of the low-pass filter: its slope is about 400 Hz wide


def export_wav(audio: Audio, start: float, end: float, path: Path, sample_rate: int = SAMPLE_RATE) -> None:
    """audio[start:end] in seconds, a minute in memory at a time. pydub only ever sees samples that we decoded."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(sample_rate)
        for segment in _segments(audio, start, end, sample_rate):
            out.writeframes(segment.set_frame_rate(sample_rate).raw_data)


def _segments(audio: Audio, start: float, end: float, sample_rate: int) -> Iterator[AudioSegment]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydub looks for ffmpeg when imported, and its escapes are out of date
        from pydub import AudioSegment
    first = max(0, round(start * SAMPLE_RATE))
    last = min(audio.samples, round(end * SAMPLE_RATE))
    for position in range(first, last, _CHUNK_SAMPLES):
        stop = min(last, position + _CHUNK_SAMPLES)
        data = _samples(audio, position, stop, sample_rate)
        yield AudioSegment(data=data, sample_width=2, frame_rate=SAMPLE_RATE, channels=1)


def _samples(audio: Audio, start: int, stop: int, sample_rate: int) -> bytes:
    """pydub resamples by dropping samples: what a lower rate cannot hold must go first, or it comes back as noise."""
    import numpy as np

    if sample_rate >= SAMPLE_RATE:
        return _read(audio, start, stop).tobytes()
    before, after = min(start, _TAPS), min(audio.samples - stop, _TAPS)
    around = _read(audio, start - before, stop + after)
    kernel = _low_pass(0.45 * sample_rate)
    smooth = np.convolve(around, kernel, mode="same")[before : before + stop - start]
    data: bytes = np.clip(np.rint(smooth), -32768, 32767).astype("<i2").tobytes()
    return data


def _read(audio: Audio, start: int, stop: int) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    import numpy as np

    return np.fromfile(audio.path, dtype="<i2", count=stop - start, offset=2 * start)


def _low_pass(hertz: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """A windowed sinc."""
    import numpy as np

    places = np.arange(_TAPS) - _TAPS // 2
    kernel: np.ndarray[tuple[int], np.dtype[np.float64]]
    kernel = np.sinc(2 * hertz / SAMPLE_RATE * places) * np.blackman(_TAPS)
    kernel /= kernel.sum()
    return kernel
