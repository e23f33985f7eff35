"""Compute the acoustic features: 13 mel-frequency cepstra with first and second differences, 100 frames a second.

The steps and constants are those with which the PocketSphinx wheel's model was trained (its feat.params). `normalise`
adds variance normalisation, which compensates for noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from syncline.media.audio import SAMPLE_RATE

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Streams = tuple[Floats, Floats, Floats]  # cepstra, first differences, second differences; (frames, 13) each

FRAMES_PER_SECOND = 100
HOP = SAMPLE_RATE // FRAMES_PER_SECOND
WINDOW = 410  # samples; a frame's centre is WINDOW / 2 after its first sample
CEPSTRA = 13

_FFT = 512
_FILTERS = 25
_LOWEST_HZ, _HIGHEST_HZ = 130.0, 6800.0
_PREEMPHASIS = 0.97
_LIFTER = 22
_LOG_FLOOR = 1e-4
# Noise suppression after "Power-Normalized Cepstral Coefficients" (Kim, Stern), as in SphinxBase.
_POWER_MEMORY = 0.7
_FLOOR_RISE, _FLOOR_FALL = 0.995, 0.5
_MASK_MEMORY, _MASK_LEVEL = 0.85, 0.2
_LARGEST_GAIN = 20.0
_SMOOTHED_FILTERS = 4
# Standard deviation of each cepstrum over clean speech with ordinary pauses, measured on several voices.
CLEAN_DEVIATION = np.array([16.5, 20.0, 14.5, 19.0, 18.0, 14.0, 16.0, 15.0, 14.0, 12.5, 12.0, 10.0, 11.0])
_RESTORED_SHARE = 0.7  # of the logarithm of the lost deviation
_LARGEST_SHRINKAGE = 1.5
_BLOCK_FRAMES = 2_000
# Frames of digital silence for each other frame. If there are more than the first, only the second are counted.
_MOST_SILENCE, _KEPT_SILENCE = 1.5, 0.5


def frame_count(samples: int) -> int:
    return max(0, (samples - WINDOW) // HOP + 1)


def read_samples(path: Path, samples: int, first_frame: int, last_frame: int) -> NDArray[np.int16]:
    """The samples of these frames, from a file of `samples` raw samples."""
    begin = first_frame * HOP
    end = min(samples, (last_frame - 1) * HOP + WINDOW)
    if end <= begin:
        return np.zeros(0, np.int16)
    with path.open("rb") as file:
        return np.fromfile(file, "<i2", end - begin, offset=begin * 2)


def log_mel_spectrum(spectrum: Floats) -> Floats:
    """Logarithms of a mel spectrum's powers after noise suppression."""
    return np.asarray(np.log(_suppress_noise(spectrum) + np.float32(_LOG_FLOOR)), np.float32)


def cepstra_from(log_spectrum: Floats) -> Floats:
    """Returns (frames, 13)."""
    return np.asarray(log_spectrum @ cosine_transform(), np.float32)


def normalise(cepstra: Floats) -> tuple[Floats, float]:
    """Returns the cepstra as if recorded like the training data, and a noise estimate (0: clean).

    A constant channel shifts the cepstra, so their mean is subtracted. Noise fills the spectrum's valleys and shrinks
    the deviation of the cepstra, so most of the lost deviation is restored. The noise estimate is the mean logarithm of
    that shrinkage.
    """
    counted = _without_most_silence(cepstra)
    centred = cepstra - counted.mean(axis=0)
    shrinkage = np.maximum(0.0, np.log(CLEAN_DEVIATION / (counted.std(axis=0) + _LOG_FLOOR)))
    shrinkage = np.minimum(shrinkage, _LARGEST_SHRINKAGE)
    return (centred * np.exp(_RESTORED_SHARE * shrinkage)).astype(np.float32), float(shrinkage.mean())


def _without_most_silence(cepstra: Floats) -> Floats:
    """The frames that count for the normalisation: minutes of digital silence would make all speech alike."""
    silent = cepstra[:, 0] < 0
    others = np.count_nonzero(~silent)
    if not 0 < _MOST_SILENCE * others < np.count_nonzero(silent):
        return cepstra
    return np.concatenate([cepstra[~silent], cepstra[silent][: int(_KEPT_SILENCE * others)]])


def with_differences(cepstra: Floats) -> Streams:
    """The model's three streams."""
    padded = np.pad(cepstra, ((3, 3), (0, 0)), mode="edge")
    count = len(cepstra)

    def shifted(by: int) -> Floats:
        return padded[3 + by : 3 + by + count]

    first = shifted(2) - shifted(-2)
    second = (shifted(3) - shifted(-1)) - (shifted(1) - shifted(-3))
    return cepstra, first, second


def mel_spectrum(samples: NDArray[np.int16]) -> Floats:
    """Powers, (frames, 25)."""
    count = frame_count(len(samples))
    spectrum = np.empty((count, _FILTERS), np.float32)
    window, filters = _window(), _mel_filters()
    for first in range(0, count, _BLOCK_FRAMES):
        last = min(count, first + _BLOCK_FRAMES)
        begin = first * HOP
        piece = samples[begin : (last - 1) * HOP + WINDOW].astype(np.float32)
        before = float(samples[begin - 1]) if begin else 0.0
        piece -= _PREEMPHASIS * np.concatenate(([np.float32(before)], piece[:-1]))
        frames = np.lib.stride_tricks.sliding_window_view(piece, WINDOW)[::HOP] * window
        transformed = np.fft.rfft(frames, _FFT, axis=1)
        power = (transformed.real**2 + transformed.imag**2).astype(np.float32)
        spectrum[first:last] = power @ filters
    return spectrum


def _suppress_noise(spectrum: Floats) -> Floats:
    """Subtract each band's slowly varying noise floor, and attenuate what a louder moment before it masks."""
    if not len(spectrum):
        return spectrum
    spectrum = spectrum + np.float32(_LOG_FLOOR)  # digital silence has no power to divide by
    gains = np.empty_like(spectrum)
    suppression = _NoiseSuppression.before(spectrum[0].astype(np.float64))
    for first in range(0, len(spectrum), _BLOCK_FRAMES):
        block = slice(first, first + _BLOCK_FRAMES)
        gains[block] = suppression.gains(spectrum[block])
    return spectrum * (gains @ _gain_smoothing())


@dataclass(slots=True)
class _NoiseSuppression:
    """The state between two blocks of frames: a number for each band.

    The recursions do as little as possible for each frame, because every numpy call costs as much as hundreds of
    operations on the numbers of a frame.
    """

    power: Doubles  # smoothed
    noise: Doubles  # the floor of the power
    floor: Doubles  # of the signal: what is left without the noise
    peak: Doubles  # of the signal, decaying

    @classmethod
    def before(cls, first: Doubles) -> _NoiseSuppression:
        return cls(first, first / _LARGEST_GAIN, first / _LARGEST_GAIN, np.zeros_like(first))

    def gains(self, spectrum: Floats) -> Floats:
        power = self._smooth(spectrum)
        noise = _floor(power, self.noise)
        signal = np.maximum(power - noise, 1.0)
        floor = _floor(signal, self.floor)
        decayed = self._decayed_peaks(signal)
        self.power, self.noise, self.floor = power[-1], noise[-1], floor[-1]
        masked = np.where(signal < _MASK_MEMORY * decayed, decayed * _MASK_LEVEL, signal)
        gains = (np.maximum(masked, floor) / power).astype(np.float32)
        return np.clip(gains, 1 / _LARGEST_GAIN, _LARGEST_GAIN, out=gains)

    def _smooth(self, spectrum: Floats) -> Doubles:
        smoothed = ((1 - _POWER_MEMORY) * spectrum).astype(np.float64)
        before = self.power
        for power in smoothed:
            power += _POWER_MEMORY * before
            before = power
        return smoothed

    def _decayed_peaks(self, signal: Doubles) -> Doubles:
        """What is left, in each frame, of the loudest moment before it."""
        decayed = np.empty_like(signal)
        for level, left in zip(signal, decayed, strict=True):
            np.multiply(self.peak, _MASK_MEMORY, out=left)
            np.maximum(left, level, out=self.peak)
        return decayed


def _floor(levels: Doubles, before: Doubles) -> Doubles:
    """Follow the levels slowly where they rise above the floor and fast where they fall below it.

    Of the two steps, the one to take is always the one that leads lower.
    """
    floor = np.empty_like(levels)
    memory = np.array([[_FLOOR_RISE], [_FLOOR_FALL]])
    choices = np.empty((2, levels.shape[1]))
    slow, fast = choices
    for after, steps in zip(floor, (1 - memory) * levels[:, None], strict=True):
        np.multiply(memory, before, out=choices)
        choices += steps
        before = np.minimum(slow, fast, out=after)
    return floor


@lru_cache(maxsize=1)
def _window() -> Floats:
    return np.hamming(WINDOW).astype(np.float32)


@lru_cache(maxsize=1)
def _mel_filters() -> Floats:
    """(spectrum bins, filters): triangles of equal area whose corners lie on whole bins."""
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
def _gain_smoothing() -> Floats:
    """A matrix that replaces each band's gain by the mean over its neighbours."""
    distance = np.abs(np.subtract.outer(np.arange(_FILTERS), np.arange(_FILTERS)))
    near = (distance <= _SMOOTHED_FILTERS).astype(np.float32)
    return np.asarray(near / near.sum(axis=0), np.float32)


@lru_cache(maxsize=1)
def cosine_transform() -> Floats:
    """The discrete cosine transform and the lifter as one matrix, (filters, cepstra)."""
    orders = np.arange(CEPSTRA)
    angles = np.pi / _FILTERS * np.outer(np.arange(_FILTERS) + 0.5, orders)
    scale = np.where(orders == 0, np.sqrt(1.0 / _FILTERS), np.sqrt(2.0 / _FILTERS))
    lifter = 1.0 + _LIFTER / 2 * np.sin(orders * np.pi / _LIFTER)
    return (np.cos(angles) * scale * lifter).astype(np.float32)
