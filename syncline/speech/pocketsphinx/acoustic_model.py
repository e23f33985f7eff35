"""Read the acoustic model of the PocketSphinx wheel and score frames against its senones.

The model is phonetically tied: 5,126 senones (tied triphone states) mix the 128 Gaussians of their phone's codebook, in
three feature streams. Senones are numbered by phone here, unlike in the model's files. Scoring a block of frames at
once turns the mixtures into matrix products.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
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
_TILE_FRAMES = 256  # scored at once
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
        definition = _read_definition(folder / "mdef")
        order, self.phone_of_senone = _by_phone(definition)
        self.definition = replace(
            definition, senone_sequences=np.argsort(order).astype(np.int32)[definition.senone_sequences]
        )
        means, variances = _read_gaussians(folder / "means"), _read_gaussians(folder / "variances")
        variances = np.maximum(variances, _LEAST_VARIANCE)
        # log N(x) = x . (m / v) - x^2 . (1 / 2v) + constant: for each phone and stream one matrix that maps
        # (x, x^2, 1) to the log densities.
        constants = -0.5 * (np.log(2 * np.pi * variances).sum(-1) + (means**2 / variances).sum(-1))
        coefficients = (means / variances, -0.5 / variances, constants[..., None])
        self.gaussians = (np.concatenate(coefficients, axis=-1) / _FLOAT_BITS_UNIT).astype(np.float32)
        self.cepstral_covariance = _covariance(means[:, 0].reshape(-1, CEPSTRA), variances[:, 0].reshape(-1, CEPSTRA))
        weights = np.ascontiguousarray(_read_mixture_weights(folder / "sendump").transpose(2, 0, 1)[order])
        self.mixture_weights = np.exp(-_LN_WEIGHT_STEP * weights.astype(np.float32))  # (senone, stream, density)
        self.senones = len(self.mixture_weights)
        self.stay, self.leave = _read_transitions(folder / "transition_matrices")
        # Expected duration of each phone: each state lasts 1 / (1 - P(stay)) frames.
        self.expected_frames: list[float] = (1 / (1 - np.exp(self.stay))).sum(axis=1).tolist()
        self.silence = self.definition.phones.index(SILENCE)
        self.context_independent_senones = np.unique(
            self.definition.senone_sequences[self.definition.context_independent]
        ).astype(np.int32)


def _by_phone(definition: ModelDefinition) -> tuple[NDArray[np.intp], Ints]:
    """The order that numbers the senones of a phone consecutively, and the phone of each senone in that order."""
    phones = np.full(definition.senone_sequences.max() + 1, -1, np.int32)
    for phone, sequence in enumerate(definition.context_independent):
        of_phone = np.unique([sequence, *definition.triphones[:, phone].flat])
        phones[definition.senone_sequences[of_phone]] = phone
    order = np.argsort(phones, kind="stable")
    return order, phones[order]


class SenoneScorer:
    """Computes log likelihoods of frames under a chosen set of senones."""

    def __init__(self, model: AcousticModel, senones: Ints) -> None:
        """`senones`: in increasing order, which is by phone, so that the Gaussians of a phone are evaluated once."""
        self._senones = len(senones)
        phones, firsts = np.unique(model.phone_of_senone[senones], return_index=True)
        weights = model.mixture_weights[senones].transpose(1, 0, 2)
        self._codebooks = [
            (model.gaussians[phone], weights[:, first:last], slice(first, last))
            for phone, (first, last) in zip(phones, pairwise([*firsts.tolist(), len(senones)]), strict=True)
        ]

    def score(self, streams: Streams) -> Floats:
        """Returns natural logarithms, (senones, frames)."""
        inputs = np.stack([_with_squares(values) for values in streams])
        scores = np.empty((self._senones, len(streams[0])), np.float32)
        for first in range(0, len(streams[0]), _TILE_FRAMES):
            tile = slice(first, first + _TILE_FRAMES)
            self._score_tile(np.ascontiguousarray(inputs[:, :, tile]), out=scores[:, tile])
        return scores

    def _score_tile(self, inputs: Floats, *, out: Floats) -> None:
        """`inputs`: (stream, dimension, frame). `out`: (senones, frames)."""
        frames = inputs.shape[-1]
        densities = np.empty((STREAMS, DENSITIES, frames), np.float32)  # small enough to stay in the CPU's cache
        for gaussians, weights, rows in self._codebooks:
            np.matmul(gaussians, inputs, out=densities)
            _log_mixtures(densities, weights, out=out[rows])


def _with_squares(values: Floats) -> Floats:
    """(dimension, frame)"""
    ones = np.ones((len(values), 1), np.float32)
    return np.concatenate([values, values * values, ones], axis=1).T


def _log_mixtures(densities: Floats, weights: Floats, *, out: Floats) -> None:
    """Write the log of each senone's mixtures, summed over the streams, to `out`: (senones, frames).

    `densities`: (stream, density, frame), which this function overwrites. `weights`: (stream, senone, density).

    The log densities are scaled so that, converted to an integer and reinterpreted as a 32-bit float, they yield an
    approximate exponential (Schraudolph's method). Its error of at most 3% is far below the differences between phones,
    and it is twice as fast as exp().
    """
    peaks = _peaks(densities)
    densities -= (peaks - _FLOAT_BITS_OF_ONE)[:, None]
    # numpy's maximum of an array and a row is three times as fast as that of an array and a number.
    np.maximum(densities, np.zeros(densities.shape[-1], np.float32), out=densities)
    values = densities.reshape(-1)
    np.copyto(values.view(np.int32), values, casting="unsafe")
    # The product of the mixtures is far from underflow: the peak's density is 1, and every weight exceeds 1e-12.
    np.multiply.reduce(np.matmul(weights, densities), axis=0, out=out)
    np.log(out, out=out)
    out += peaks.sum(axis=0) * _FLOAT_BITS_UNIT


def _peaks(densities: Floats) -> Floats:
    """The largest density of each stream and frame. Two steps, because numpy reduces few long rows fastest."""
    streams, count, frames = densities.shape
    largest = densities.reshape(streams, count // 8, 8 * frames).max(axis=1)
    return np.asarray(largest.reshape(streams, 8, frames).max(axis=1))


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
