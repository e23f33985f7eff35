"""Read the acoustic model of the PocketSphinx wheel and score frames against its senones.

The model is phonetically tied: 5,126 senones (tied triphone states) mix the 128 Gaussians of their phone's codebook, in
three feature streams. Scoring a block of frames at once turns the mixtures into matrix products.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from syncline.speech.pocketsphinx.features import CEPSTRA, Floats, Streams
from syncline.speech.pocketsphinx.model_files import acoustic_model_folder

Ints = NDArray[np.int32]

STATES = 3  # of a phone's hidden Markov model
STREAMS = 3
DENSITIES = 128
SILENCE = "SIL"
# Positions of a phone in its word, with the numbers that the model definition file uses.
INTERNAL, BEGIN, END, SINGLE = 0, 1, 2, 3
_BACK_OFF_ORDER = (INTERNAL, END, BEGIN, SINGLE)

_LN_WEIGHT_STEP = 1024 * float(np.log(1.0001))  # one unit of the quantised mixture weights
_LEAST_VARIANCE = 1e-4
_LEAST_TRANSITION = 1e-4
_LEAST_DENSITY = 1e-30
_BLOCK_FRAMES = 256
# Log densities are kept in units of a 32-bit float's bit pattern; see _log_mixture.
_FLOAT_BITS_UNIT = np.float32(np.log(2) / 2**23)
_FLOAT_BITS_OF_ONE = np.float32(127 * 2**23 - 366_000)  # 366,000 centres the approximation's error on zero


@dataclass(frozen=True, slots=True)
class ModelDefinition:
    """The phones, and the senones that make up each triphone."""

    phones: tuple[str, ...]
    triphones: (
        Ints  # (position, phone, left, right) -> senone sequence; unseen triphones have one that they back off to
    )
    context_independent: Ints  # phone -> senone sequence
    senone_sequences: Ints  # (sequence, 3) -> senone

    def senones(self, phone: int, left: int, right: int, position: int) -> Ints:
        return np.asarray(self.senone_sequences[self.triphones[position, phone, left, right]])


class AcousticModel:
    def __init__(self, folder: Path) -> None:
        self.definition = _read_definition(folder / "mdef")
        means, variances = _read_gaussians(folder / "means"), _read_gaussians(folder / "variances")
        variances = np.maximum(variances, _LEAST_VARIANCE)
        # log N(x) = x . (m / v) - x^2 . (1 / 2v) + constant: for each phone and stream one matrix that maps
        # (x, x^2, 1) to the log densities.
        constants = -0.5 * (np.log(2 * np.pi * variances).sum(-1) + (means**2 / variances).sum(-1))
        coefficients = (means / variances, -0.5 / variances, constants[..., None])
        self.gaussians = (np.concatenate(coefficients, axis=-1) / _FLOAT_BITS_UNIT).astype(np.float32)
        self.cepstral_covariance = _covariance(means[:, 0].reshape(-1, CEPSTRA), variances[:, 0].reshape(-1, CEPSTRA))
        weights = _read_mixture_weights(folder / "sendump").astype(np.float32)
        self.mixture_weights = np.exp(-_LN_WEIGHT_STEP * weights).swapaxes(1, 2).copy()  # (stream, senone, density)
        self.stay, self.leave = _read_transitions(folder / "transition_matrices")
        # Expected duration of each phone: each state lasts 1 / (1 - P(stay)) frames.
        self.expected_frames: list[float] = (1 / (1 - np.exp(self.stay))).sum(axis=1).tolist()
        self.phone_of_senone = self._phones_of_senones()
        self.silence = self.definition.phones.index(SILENCE)
        self.context_independent_senones = np.unique(
            self.definition.senone_sequences[self.definition.context_independent]
        ).astype(np.int32)

    def _phones_of_senones(self) -> Ints:
        """The phone whose codebook each senone mixes."""
        definition = self.definition
        phones = np.full(self.mixture_weights.shape[1], -1, np.int32)
        for phone, sequence in enumerate(definition.context_independent):
            of_phone = np.unique([sequence, *definition.triphones[:, phone].flat])
            phones[definition.senone_sequences[of_phone]] = phone
        return phones


class SenoneScorer:
    """Computes log likelihoods of frames under a chosen set of senones, in the order in which they were given."""

    def __init__(self, model: AcousticModel, senones: Ints) -> None:
        self._senones = senones
        phones = model.phone_of_senone[senones]
        self._codebooks: list[tuple[NDArray[np.intp], list[tuple[Floats, Floats]]]] = []
        for phone in np.unique(phones):
            columns = np.flatnonzero(phones == phone)
            weights = model.mixture_weights[:, senones[columns]]
            self._codebooks.append((columns, list(zip(model.gaussians[phone], weights, strict=True))))

    def score(self, streams: Streams) -> Floats:
        """Returns natural logarithms, (frames, senones)."""
        frames = len(streams[0])
        scores = np.empty((len(self._senones), frames), np.float32)
        for first in range(0, frames, _BLOCK_FRAMES):
            last = min(frames, first + _BLOCK_FRAMES)
            inputs = [_with_squares(values[first:last]) for values in streams]
            densities = np.empty((DENSITIES, last - first), np.float32)  # small enough to stay in the CPU's cache
            bits = np.empty((DENSITIES, last - first), np.int32)
            for columns, codebook in self._codebooks:
                scores[columns, first:last] = _log_mixture(inputs, codebook, densities, bits)
        return np.ascontiguousarray(scores.T)


def _with_squares(values: Floats) -> Floats:
    ones = np.ones((len(values), 1), np.float32)
    return np.ascontiguousarray(np.concatenate([values, values * values, ones], axis=1).T)


def _log_mixture(inputs: list[Floats], codebook: list[tuple[Floats, Floats]], densities: Floats, bits: Ints) -> Floats:
    """Log of each senone's mixture, summed over the streams.

    The log densities are scaled so that, converted to an integer and reinterpreted as a 32-bit float, they yield an
    approximate exponential (Schraudolph's method). Its error of at most 3% is far below the differences between phones,
    and it is twice as fast as exp().
    """
    total = np.zeros((len(codebook[0][1]), bits.shape[1]), np.float32)
    for values, (gaussians, weights) in zip(inputs, codebook, strict=True):
        np.matmul(gaussians, values, out=densities)
        peaks = densities.max(axis=0)
        densities -= peaks - _FLOAT_BITS_OF_ONE
        np.maximum(densities, 0.0, out=densities)
        np.copyto(bits, densities, casting="unsafe")
        mixed = weights @ bits.view(np.float32)
        np.log(np.maximum(mixed, _LEAST_DENSITY, out=mixed), out=mixed)
        mixed += peaks * _FLOAT_BITS_UNIT
        total += mixed
    return total


def _covariance(means: NDArray[np.float64], variances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Covariance of the static cepstra over all phones and training speakers: between and within the Gaussians."""
    return np.asarray(np.cov(means.T) + np.diag(variances.mean(axis=0)))


@lru_cache(maxsize=1)
def shared_model() -> AcousticModel:
    """The process's only copy; nothing changes it after loading."""
    return AcousticModel(acoustic_model_folder())


@lru_cache(maxsize=1)
def phone_names() -> tuple[str, ...]:
    """The model's phones, without loading the model."""
    return _read_names((acoustic_model_folder() / "mdef").read_bytes())[0]


def _read_names(data: bytes) -> tuple[tuple[str, ...], int]:
    """Read a binary mdef file from its header to its phone names. -> the names, and where they end."""
    (description,) = struct.unpack_from("<i", data, 8)
    begin = 12 + description + 40
    (phones,) = struct.unpack_from("<i", data, begin - 40)
    *names, _ = data[begin:].split(b"\0", phones)
    length = sum(len(name) + 1 for name in names)
    return tuple(name.decode() for name in names), begin + (length + 3 & ~3)


def _read_definition(path: Path) -> ModelDefinition:
    """Read a binary mdef file: header, phone names, a context tree that we skip, phones, senone sequences."""
    data = path.read_bytes()
    names, position = _read_names(data)
    (description,) = struct.unpack_from("<i", data, 8)
    phones, triphones, states, _, _, _, sequences, _, nodes, _ = struct.unpack_from("<10i", data, 12 + description)
    tree = np.frombuffer(data, np.dtype([("ctx", "<i2"), ("down", "<i2"), ("target", "<i4")]), nodes, position)
    position += tree.nbytes
    entries = np.frombuffer(data, np.dtype([("ssid", "<i4"), ("tmat", "<i4"), ("attr", "i1", 4)]), triphones, position)
    position += entries.nbytes + 4
    table = np.frombuffer(data, "<u2", sequences * states, position).reshape(-1, states).astype(np.int32)
    context_independent = entries["ssid"][:phones].astype(np.int32)
    seen = np.full((len(_BACK_OFF_ORDER), phones, phones, phones), -1, np.int32)
    seen[tuple(entries["attr"][phones:].T)] = entries["ssid"][phones:]
    return ModelDefinition(names, back_off(seen, context_independent), context_independent, table)


def back_off(seen: Ints, context_independent: Ints) -> Ints:
    """Give each triphone that is unseen at a position (-1) the one of another position, or its phone's own sequence."""
    filled = seen.copy()
    for candidate in _BACK_OFF_ORDER:
        filled = np.where(filled < 0, seen[candidate], filled)
    return np.where(filled < 0, context_independent[:, None, None], filled)


def _read_gaussians(path: Path) -> NDArray[np.float64]:
    """Returns (phone, stream, density, dimension)."""
    data = path.read_bytes()
    begin = data.index(b"endhdr\n") + len(b"endhdr\n") + 4  # and the byte-order mark
    codebooks, streams, densities = struct.unpack_from("<3i", data, begin)
    lengths = struct.unpack_from(f"<{streams}i", data, begin + 12)
    values = np.frombuffer(data, "<f4", codebooks * densities * sum(lengths), begin + 12 + 4 * streams + 4)
    return values.reshape(codebooks, streams, densities, lengths[0]).astype(np.float64)


def _read_mixture_weights(path: Path) -> NDArray[np.uint8]:
    """Returns the quantised weights, (stream, density, senone)."""
    data = path.read_bytes()
    position = 0
    while True:  # header strings, the last of them empty
        (length,) = struct.unpack_from("<i", data, position)
        position += 4 + length
        if not length:
            break
    densities, senones = struct.unpack_from("<2i", data, position)
    weights = np.frombuffer(data, np.uint8, STREAMS * densities * senones, position + 8)
    return weights.reshape(STREAMS, densities, senones)


def _read_transitions(path: Path) -> tuple[Floats, Floats]:
    """Log probabilities of staying in each state and of moving to the next one, (phone, 3) each."""
    data = path.read_bytes()
    begin = data.index(b"endhdr\n") + len(b"endhdr\n") + 4
    matrices, rows, columns, count = struct.unpack_from("<4i", data, begin)
    counts = np.frombuffer(data, "<f4", count, begin + 16).reshape(matrices, rows, columns)
    probabilities = counts / counts.sum(-1, keepdims=True)
    logs = np.log(np.maximum(probabilities, _LEAST_TRANSITION))
    steps = np.arange(rows)
    return logs[:, steps, steps].astype(np.float32), logs[:, steps, steps + 1].astype(np.float32)
