"""Cut an excerpt out of a decoded recording, and export one as a WAV file for programs that read WAV."""

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

_CHUNK_SECONDS = 60
_TAPS = 127  # of the low-pass filter; its transition band is about 400 Hz wide


def cut(audio: Audio, start: float, end: float, path: Path, *, least_seconds: float = 0.0) -> Audio:
    """audio[start:end], in seconds, as an Audio of its own. One that is too short ends in silence."""
    first = max(0, round(start * SAMPLE_RATE))
    last = min(audio.samples, round(end * SAMPLE_RATE))
    missing = max(0, round(least_seconds * SAMPLE_RATE) - max(0, last - first))
    with audio.path.open("rb") as source, path.open("wb") as target:
        source.seek(2 * first)
        for position in range(first, last, _CHUNK_SECONDS * SAMPLE_RATE):
            target.write(source.read(2 * min(_CHUNK_SECONDS * SAMPLE_RATE, last - position)))
        target.write(bytes(2 * missing))
    return Audio(path, max(0, last - first) + missing)


def export_wav(
    audio: Audio,
    start: float,
    end: float,
    path: Path,
    sample_rate: int = SAMPLE_RATE,
    *,
    chunk_seconds: int = _CHUNK_SECONDS,
) -> None:
    """Write audio[start:end], in seconds, with `chunk_seconds` in memory at a time.

    pydub never reads uploaded bytes, only samples from our decoder.
    """
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(sample_rate)
        for segment in _segments(audio, start, end, sample_rate, chunk_seconds * SAMPLE_RATE):
            out.writeframes(segment.set_frame_rate(sample_rate).raw_data)


def _segments(audio: Audio, start: float, end: float, sample_rate: int, chunk_samples: int) -> Iterator[AudioSegment]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydub warns on import: about a missing ffmpeg, and about its own old escapes
        from pydub import AudioSegment
    first = max(0, round(start * SAMPLE_RATE))
    last = min(audio.samples, round(end * SAMPLE_RATE))
    for position in range(first, last, chunk_samples):
        stop = min(last, position + chunk_samples)
        data = _samples(audio, position, stop, sample_rate)
        yield AudioSegment(data=data, sample_width=2, frame_rate=SAMPLE_RATE, channels=1)


def _samples(audio: Audio, start: int, stop: int, sample_rate: int) -> bytes:
    """pydub resamples by dropping samples, so frequencies above the new Nyquist limit must be filtered out first."""
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
    """A windowed sinc filter."""
    import numpy as np

    places = np.arange(_TAPS) - _TAPS // 2
    kernel: np.ndarray[tuple[int], np.dtype[np.float64]]
    kernel = np.sinc(2 * hertz / SAMPLE_RATE * places) * np.blackman(_TAPS)
    kernel /= kernel.sum()
    return kernel
