"""The acoustic model of the PocketSphinx wheel, read from its files: how well a frame fits each state of each sound.

5,126 tied states ("senones") mix the 128 Gaussians of their sound's codebook in three streams. Scoring whole
stretches of frames at once turns that into matrix products.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from syncline.speech.pocketsphinx.features import CEPSTRA, Floats
from syncline.speech.pocketsphinx.pronunciations import model_folder

Ints = NDArray[np.int32]

STATES = 3  # of a sound
STREAMS = 3
DENSITIES = 128
SILENCE = "SIL"
FILLERS = ("+NSN+", "+SPN+", SILENCE)
BEGIN, END, SINGLE, INSIDE = 1, 2, 3, 0  # where in its word a sound stands, as the model counts it

_LN_STEP = 1024 * float(np.log(1.0001))  # one unit of the stored 8-bit weights
_SMALLEST_VARIANCE = 1e-4
_SMALLEST_TRANSITION = 1e-4
_TINY = 1e-30
_BLOCK = 256  # frames
_UNIT = np.float32(np.log(2) / 2**23)  # of the exponent and fraction bits of a 32-bit float, as a logarithm
_ONE = np.float32(127 * 2**23 - 366_000)  # 1.0 in these units, less what centres the error


@dataclass(frozen=True, slots=True)
class Topology:
    """Which senones a sound consists of, by its neighbours and its place in the word."""

    sounds: tuple[str, ...]
    contexts: dict[tuple[int, int, int, int], int]  # (place, sound, left, right) -> senone sequence
    own: Ints  # senone sequence of each sound without context
    sequences: Ints  # (sequence, 3) -> senone

    def senones(self, sound: int, left: int, right: int, place: int) -> Ints:
        for candidate in (place, INSIDE, END, BEGIN, SINGLE):
            found = self.contexts.get((candidate, sound, left, right))
            if found is not None:
                return np.asarray(self.sequences[found])
        return np.asarray(self.sequences[self.own[sound]])


class AcousticModel:
    def __init__(self, folder: Path) -> None:
        self.topology = _read_topology(folder / "mdef")
        means, variances = _read_gaussians(folder / "means"), _read_gaussians(folder / "variances")
        variances = np.maximum(variances, _SMALLEST_VARIANCE)
        # log N(x) = x . (m / v) - x^2 . (1 / 2v) + constant: per sound and stream one matrix (x, x^2, 1) -> densities
        constants = -0.5 * (np.log(2 * np.pi * variances).sum(-1) + (means**2 / variances).sum(-1))
        rows = (means / variances, -0.5 / variances, constants[..., None])
        self.gaussians = (np.concatenate(rows, axis=-1) / _UNIT).astype(np.float32)
        self.together = _covariance(means[:, 0].reshape(-1, CEPSTRA), variances[:, 0].reshape(-1, CEPSTRA))
        weights = _read_weights(folder / "sendump").astype(np.float32)
        self.mixtures = np.exp(-_LN_STEP * weights).swapaxes(1, 2).copy()  # (stream, senone, density)
        self.stay, self.leave = _read_transitions(folder / "transition_matrices")
        self.usual_frames: list[float] = (1 / (1 - np.exp(self.stay))).sum(axis=1).tolist()  # by sound, as trained
        self.codebook = self._codebooks()
        self.silence = self.topology.sounds.index(SILENCE)
        self.bare_senones = np.unique(self.topology.sequences[self.topology.own]).astype(np.int32)

    def _codebooks(self) -> Ints:
        """senone -> its sound"""
        codebook = np.full(self.mixtures.shape[1], -1, np.int32)
        for sound, sequence in enumerate(self.topology.own):
            codebook[self.topology.sequences[sequence]] = sound
        for (_, sound, _, _), sequence in self.topology.contexts.items():
            codebook[self.topology.sequences[sequence]] = sound
        return codebook

    def scorer(self, senones: Ints) -> Scorer:
        return Scorer(self, senones)


class Scorer:
    """Scores frames against a chosen set of senones, in the order they were given."""

    def __init__(self, model: AcousticModel, senones: Ints) -> None:
        self._senones = senones
        owners = model.codebook[senones]
        self._parts: list[tuple[NDArray[np.intp], list[tuple[Floats, Floats]]]] = []
        for sound in np.unique(owners):
            columns = np.flatnonzero(owners == sound)
            rows = model.mixtures[:, senones[columns]]
            self._parts.append((columns, list(zip(model.gaussians[sound], rows, strict=True))))

    def score(self, streams: tuple[Floats, ...]) -> Floats:
        """-> (frames, senones), natural logarithms"""
        frames = len(streams[0])
        total = np.empty((len(self._senones), frames), np.float32)
        for first in range(0, frames, _BLOCK):
            last = min(frames, first + _BLOCK)
            inputs = [_with_squares(values[first:last]) for values in streams]
            densities = np.empty((DENSITIES, last - first), np.float32)  # small enough to stay in the cache
            whole = np.empty((DENSITIES, last - first), np.int32)
            for columns, part in self._parts:
                total[columns, first:last] = _mix(inputs, part, densities, whole)
        return np.ascontiguousarray(total.T)


def _with_squares(values: Floats) -> Floats:
    ones = np.ones((len(values), 1), np.float32)
    return np.ascontiguousarray(np.concatenate([values, values * values, ones], axis=1).T)


def _mix(inputs: list[Floats], part: list[tuple[Floats, Floats]], densities: Floats, whole: Ints) -> Floats:
    """The Gaussians come out in units of a float's own exponent, where raising to a power is reading the bits anew.

    That is right to 3%, far below what tells one sound from another, and twice as fast as exp().
    """
    total = np.zeros((len(part[0][1]), whole.shape[1]), np.float32)
    for values, (gaussians, mixtures) in zip(inputs, part, strict=True):
        np.matmul(gaussians, values, out=densities)
        peaks = densities.max(axis=0)
        densities -= peaks - _ONE
        np.maximum(densities, 0.0, out=densities)
        np.copyto(whole, densities, casting="unsafe")
        mixed = mixtures @ whole.view(np.float32)
        np.log(np.maximum(mixed, _TINY, out=mixed), out=mixed)
        mixed += peaks * _UNIT
        total += mixed
    return total


def _covariance(means: NDArray[np.float64], variances: NDArray[np.float64]) -> NDArray[np.float64]:
    """How the cepstra of speech vary together, over all sounds and all voices of the training."""
    return np.asarray(np.cov(means.T) + np.diag(variances.mean(axis=0)))


@lru_cache(maxsize=1)
def shared_model() -> AcousticModel:
    return AcousticModel(model_folder() / "en-us")


def _read_topology(path: Path) -> Topology:
    data = path.read_bytes()
    (description,) = struct.unpack_from("<i", data, 8)
    position = 12 + description
    sounds, phones, states, _, _, _, sequences, _, nodes, _ = struct.unpack_from("<10i", data, position)
    position += 40
    names = []
    begin = position
    for _ in range(sounds):
        end = data.index(b"\0", position)
        names.append(data[position:end].decode())
        position = end + 1
    position = begin + (position - begin + 3 & ~3)
    tree = np.frombuffer(data, np.dtype([("ctx", "<i2"), ("down", "<i2"), ("target", "<i4")]), nodes, position)
    position += tree.nbytes
    entries = np.frombuffer(data, np.dtype([("ssid", "<i4"), ("tmat", "<i4"), ("attr", "i1", 4)]), phones, position)
    position += entries.nbytes + 4
    table = np.frombuffer(data, "<u2", sequences * states, position).reshape(-1, states).astype(np.int32)
    contexts = {}
    for index in range(sounds, phones):
        place, sound, left, right = (int(value) for value in entries["attr"][index])
        contexts[place, sound, left, right] = int(entries["ssid"][index])
    return Topology(tuple(names), contexts, entries["ssid"][:sounds].astype(np.int32), table)


def _read_gaussians(path: Path) -> NDArray[np.float64]:
    """-> (sound, stream, density, dimension)"""
    data = path.read_bytes()
    begin = data.index(b"endhdr\n") + len(b"endhdr\n") + 4  # and the byte-order mark
    codebooks, streams, densities = struct.unpack_from("<3i", data, begin)
    lengths = struct.unpack_from(f"<{streams}i", data, begin + 12)
    values = np.frombuffer(data, "<f4", codebooks * densities * sum(lengths), begin + 12 + 4 * streams + 4)
    return values.reshape(codebooks, streams, densities, lengths[0]).astype(np.float64)


def _read_weights(path: Path) -> NDArray[np.uint8]:
    data = path.read_bytes()
    position = 0
    while True:
        (length,) = struct.unpack_from("<i", data, position)
        position += 4 + length
        if not length:
            break
    densities, senones = struct.unpack_from("<2i", data, position)
    weights = np.frombuffer(data, np.uint8, STREAMS * densities * senones, position + 8)
    return weights.reshape(STREAMS, densities, senones)


def _read_transitions(path: Path) -> tuple[Floats, Floats]:
    """Logarithms of staying in each state of each sound, and of leaving it for the next: (sound, 3) each."""
    data = path.read_bytes()
    begin = data.index(b"endhdr\n") + len(b"endhdr\n") + 4
    matrices, rows, columns, count = struct.unpack_from("<4i", data, begin)
    counts = np.frombuffer(data, "<f4", count, begin + 16).reshape(matrices, rows, columns)
    chances = counts / counts.sum(-1, keepdims=True)
    logs = np.log(np.maximum(chances, _SMALLEST_TRANSITION))
    steps = np.arange(rows)
    return logs[:, steps, steps].astype(np.float32), logs[:, steps, steps + 1].astype(np.float32)
