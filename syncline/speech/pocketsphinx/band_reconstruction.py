"""Telephones, 8 kHz files and hard low-passes leave bands without sound; these are filled in from those that have some.

The acoustic model was trained on whole bands: a dead one looks like nothing that a voice does. How the bands of speech
vary together, over all the voices it was trained with, can be read from its Gaussians; from that follow the likeliest
cepstra behind the bands that are left.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from syncline.speech.pocketsphinx import features
from syncline.speech.pocketsphinx.acoustic_model import shared_model
from syncline.speech.pocketsphinx.features import Floats

DEAD_DECIBELS = 30.0  # below the loudest band; the weakest of a whole voice seldom lies that far
LOUD_PERCENTILE = 99
OWN_VARIANCE = 3.0  # of a band's logarithm: what 13 cepstra do not tell of it, and noise


def listen(samples: NDArray[np.int16]) -> tuple[Floats, float]:
    """-> cepstra, (frames, 13), and the share of the bands that had no sound"""
    spectrum = features.mel_spectrum(samples)
    logarithms = features.logarithms(spectrum)
    dead = dead_bands(spectrum)
    cepstra = _fill(logarithms, dead) if dead.any() else features.to_cepstra(logarithms)
    return cepstra, float(dead.mean())


def dead_bands(spectrum: Floats) -> NDArray[np.bool_]:
    """From either end of the spectrum to the first band with sound."""
    dead = np.zeros(spectrum.shape[1], np.bool_)
    if len(spectrum):
        loud = 10 * np.log10(np.percentile(spectrum, LOUD_PERCENTILE, axis=0) + 1.0)
        alive = np.flatnonzero(loud > loud.max() - DEAD_DECIBELS)
        dead[: alive[0]] = dead[alive[-1] + 1 :] = True
    return dead


def _fill(logarithms: Floats, dead: NDArray[np.bool_]) -> Floats:
    alive = logarithms[:, ~dead]
    return np.asarray((alive - alive.mean(axis=0)) @ _from_alive(tuple(dead.tolist())), np.float32)


@lru_cache(maxsize=8)
def _from_alive(dead: tuple[bool, ...]) -> Floats:
    """(bands with sound, cepstra): the mean of the cepstra given these bands, both as differences from their means."""
    together = shared_model().together
    bands = np.linalg.pinv(features.cosines().astype(np.float64))[:, ~np.array(dead)]
    seen = bands.T @ together @ bands + OWN_VARIANCE * np.eye(bands.shape[1])
    weights = np.linalg.solve(seen, bands.T @ together)
    spread = np.einsum("bc,bd,dc->c", weights, bands.T @ together @ bands, weights)
    return np.asarray(weights * np.sqrt(np.diag(together) / spread), np.float32)
