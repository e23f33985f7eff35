"""From samples to what the acoustic model hears: mel cepstra with their slopes, hundred times a second.

The steps and constants are those the model in the PocketSphinx wheel was trained with (its feat.params).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from syncline.media.audio import SAMPLE_RATE

Floats = NDArray[np.float32]

FRAMES_PER_SECOND = 100
HOP = SAMPLE_RATE // FRAMES_PER_SECOND
WINDOW = 410  # samples; a frame's middle lies WINDOW / 2 behind its first sample
CEPSTRA = 13

_FFT = 512
_FILTERS = 25
_LOWEST_HZ, _HIGHEST_HZ = 130.0, 6800.0
_PREEMPHASIS = 0.97
_LIFTER = 22
_LOG_FLOOR = 1e-4
# Suppression of steady noise, after "Power-Normalized Cepstral Coefficients" (Kim, Stern).
_POWER_MEMORY = 0.7
_FLOOR_RISE, _FLOOR_FALL = 0.995, 0.5
_MASK_MEMORY, _MASK_LEVEL = 0.85, 0.2
_LOUDEST_GAIN = 20.0
_SMOOTHED_FILTERS = 4
# The spread of each cepstrum over clean speech with its usual pauses, measured on several voices.
CLEAN_SPREAD = np.array([16.5, 20.0, 14.5, 19.0, 18.0, 14.0, 16.0, 15.0, 14.0, 12.5, 12.0, 10.0, 11.0])
_STRETCH = 0.7
_MOST_SHRUNK = 1.5
_BLOCK = 2_000  # frames turned into spectra at once


def frame_count(samples: int) -> int:
    return max(0, (samples - WINDOW) // HOP + 1)


def logarithms(spectrum: Floats) -> Floats:
    """Of a mel spectrum's powers, steady noise taken off."""
    return np.asarray(np.log(_without_noise(spectrum) + np.float32(_LOG_FLOOR)), np.float32)


def to_cepstra(logarithms: Floats) -> Floats:
    """-> (frames, 13)"""
    return np.asarray(logarithms @ cosines(), np.float32)


def normalise(raw: Floats) -> tuple[Floats, float]:
    """-> cepstra as if recorded under the training's conditions, and how noisy the recording seems (0: clean).

    A steady channel shifts the cepstra: their mean goes. Noise fills the valleys and shrinks their spread: most
    of that is stretched back.
    """
    centred = raw - raw.mean(axis=0)
    shrunk = np.maximum(0.0, np.log(CLEAN_SPREAD / (centred.std(axis=0) + _LOG_FLOOR)))
    shrunk = np.minimum(shrunk, _MOST_SHRUNK)
    return (centred * np.exp(_STRETCH * shrunk)).astype(np.float32), float(shrunk.mean())


def with_slopes(means_removed: Floats) -> tuple[Floats, Floats, Floats]:
    """The three streams of the model: cepstra, first and second differences."""
    padded = np.pad(means_removed, ((3, 3), (0, 0)), mode="edge")
    count = len(means_removed)

    def shifted(by: int) -> Floats:
        return padded[3 + by : 3 + by + count]

    first = shifted(2) - shifted(-2)
    second = (shifted(3) - shifted(-1)) - (shifted(1) - shifted(-3))
    return means_removed, first, second


def mel_spectrum(samples: NDArray[np.int16]) -> Floats:
    count = frame_count(len(samples))
    spectrum = np.empty((count, _FILTERS), np.float32)
    window, filters = _window(), _mel_filters()
    for first in range(0, count, _BLOCK):
        last = min(count, first + _BLOCK)
        begin = first * HOP
        piece = samples[begin : (last - 1) * HOP + WINDOW].astype(np.float32)
        before = float(samples[begin - 1]) if begin else 0.0
        piece -= _PREEMPHASIS * np.concatenate(([np.float32(before)], piece[:-1]))
        frames = np.lib.stride_tricks.sliding_window_view(piece, WINDOW)[::HOP] * window
        transformed = np.fft.rfft(frames, _FFT, axis=1)
        power = (transformed.real**2 + transformed.imag**2).astype(np.float32)
        spectrum[first:last] = power @ filters
    return spectrum


def _without_noise(spectrum: Floats) -> Floats:
    """Each channel's slowly following floor is taken off; what a louder moment masks is turned down."""
    gains = np.empty_like(spectrum)
    if not len(spectrum):
        return spectrum
    spectrum = spectrum + np.float32(_LOG_FLOOR)  # perfect silence: no power to divide by
    power = spectrum[0].astype(np.float64)
    noise, floor, peak = power / _LOUDEST_GAIN, power / _LOUDEST_GAIN, np.zeros(_FILTERS)
    for index, now in enumerate(spectrum):
        power = _POWER_MEMORY * power + (1 - _POWER_MEMORY) * now
        noise = _follow_floor(noise, power)
        signal = np.maximum(power - noise, 1.0)
        floor = _follow_floor(floor, signal)
        peak *= _MASK_MEMORY
        masked = np.where(signal < _MASK_MEMORY * peak, peak * _MASK_LEVEL, signal)
        peak = np.maximum(peak, signal)
        gains[index] = np.maximum(masked, floor) / power
    np.clip(gains, 1 / _LOUDEST_GAIN, _LOUDEST_GAIN, out=gains)
    return spectrum * (gains @ _smoothing())


def _follow_floor(floor: NDArray[np.float64], level: NDArray[np.float64]) -> NDArray[np.float64]:
    rising = level >= floor
    memory = np.where(rising, _FLOOR_RISE, _FLOOR_FALL)
    return memory * floor + (1 - memory) * level


@lru_cache(maxsize=1)
def _window() -> Floats:
    return np.hamming(WINDOW).astype(np.float32)


@lru_cache(maxsize=1)
def _mel_filters() -> Floats:
    """(spectrum bins, filters): triangles of equal area, their corners on whole bins."""
    bin_hz = SAMPLE_RATE / _FFT
    lowest, highest = _mel(_LOWEST_HZ), _mel(_HIGHEST_HZ)
    mels = np.linspace(lowest, highest, _FILTERS + 2)
    corners = np.floor(700.0 * (10.0 ** (mels / 2595.0) - 1.0) / bin_hz + 0.5) * bin_hz
    hertz = np.arange(_FFT // 2 + 1) * bin_hz
    filters = np.zeros((len(hertz), _FILTERS), np.float32)
    for index in range(_FILTERS):
        left, centre, right = corners[index : index + 3]
        rising, falling = (hertz - left) / (centre - left), (right - hertz) / (right - centre)
        filters[:, index] = np.maximum(0.0, np.minimum(rising, falling)) * 2.0 / (right - left)
    return filters


def _mel(hertz: float) -> float:
    return float(2595.0 * np.log10(1.0 + hertz / 700.0))


@lru_cache(maxsize=1)
def _smoothing() -> Floats:
    """A gain is the mean over the neighbouring filters."""
    distance = np.abs(np.subtract.outer(np.arange(_FILTERS), np.arange(_FILTERS)))
    near = (distance <= _SMOOTHED_FILTERS).astype(np.float32)
    return np.asarray(near / near.sum(axis=0), np.float32)


@lru_cache(maxsize=1)
def cosines() -> Floats:
    """The cosine transform with its lifter, as one matrix (filters, cepstra)."""
    orders = np.arange(CEPSTRA)
    angles = np.pi / _FILTERS * np.outer(np.arange(_FILTERS) + 0.5, orders)
    scale = np.where(orders == 0, np.sqrt(1.0 / _FILTERS), np.sqrt(2.0 / _FILTERS))
    lifter = 1.0 + _LIFTER / 2 * np.sin(orders * np.pi / _LIFTER)
    return (np.cos(angles) * scale * lifter).astype(np.float32)
