"""Log-mel spectrograms as Whisper was trained on: 30 seconds, a frame every 10 ms."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from syncline.media.audio import SAMPLE_RATE

Floats = NDArray[np.float32]

WINDOW_SECONDS = 30
FRAMES = 3000
HOP = 160
FFT = 400


def log_mel(samples: NDArray[np.int16], *, bands: int) -> Floats:
    """-> bands x 3000 for at most 30 seconds of samples; shorter audio is padded with silence."""
    padded = np.zeros(WINDOW_SECONDS * SAMPLE_RATE, np.float32)
    padded[: len(samples)] = samples[: len(padded)].astype(np.float32) / 32768
    power = _power(np.pad(padded, FFT // 2, mode="reflect"))
    logs = np.log10(np.maximum(_filters(bands) @ power, 1e-10))
    logs = np.maximum(logs, logs.max() - 8.0)
    mel: Floats = ((logs + 4.0) / 4.0).astype(np.float32)
    return mel


def _power(padded: Floats) -> Floats:
    frames = np.lib.stride_tricks.sliding_window_view(padded, FFT)[: FRAMES * HOP : HOP]
    window = np.hanning(FFT + 1)[:-1].astype(np.float32)
    spectrum = np.fft.rfft(frames * window, axis=1)
    power: Floats = (spectrum.real**2 + spectrum.imag**2).T.astype(np.float32)
    return power


@lru_cache(maxsize=2)
def _filters(bands: int) -> Floats:
    """Triangular filters, evenly spaced on Slaney's mel scale and of equal area."""
    edges = _hertz(np.linspace(_mel(0.0), _mel(SAMPLE_RATE / 2), bands + 2))
    bins = np.fft.rfftfreq(FFT, 1 / SAMPLE_RATE)
    rising = (bins[None, :] - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins[None, :]) / (edges[2:] - edges[1:-1])[:, None]
    filters = np.maximum(0, np.minimum(rising, falling)) * (2 / (edges[2:] - edges[:-2]))[:, None]
    return filters.astype(np.float32)


_LINEAR_HERTZ = 200 / 3  # per mel, up to 1,000 Hz; logarithmic above
_LOG_STEP = np.log(6.4) / 27


def _mel(hertz: float) -> float:
    if hertz < 1000:
        return hertz / _LINEAR_HERTZ
    return float(1000 / _LINEAR_HERTZ + np.log(hertz / 1000) / _LOG_STEP)


def _hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    linear = mels * _LINEAR_HERTZ
    logarithmic = 1000 * np.exp(_LOG_STEP * (mels - 1000 / _LINEAR_HERTZ))
    return np.where(mels < 1000 / _LINEAR_HERTZ, linear, logarithmic)
