"""Reconstruct the frequency bands that a recording lacks: telephones, 8 kHz files, hard low-pass filters.

The acoustic model was trained on full-band speech and fits nothing to an empty band. Its Gaussians tell how the bands
of speech vary together over all training speakers. From that covariance follow the most likely cepstra given the bands
that are present.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from syncline.speech.pocketsphinx import features
from syncline.speech.pocketsphinx.acoustic_model import shared_model
from syncline.speech.pocketsphinx.features import Floats

EMPTY_DECIBELS = 30.0  # below the loudest band; the weakest band of full-band speech is seldom that weak
LOUD_PERCENTILE = 99
RESIDUAL_VARIANCE = 3.0  # of a band's logarithm: noise, and what 13 cepstra do not determine


def compute_cepstra(samples: NDArray[np.int16]) -> tuple[Floats, float]:
    """Returns the cepstra, (frames, 13), and the share of the bands that are empty."""
    spectrum = features.mel_spectrum(samples)
    log_spectrum = features.log_mel_spectrum(spectrum)
    empty = empty_bands(spectrum)
    cepstra = _reconstruct(log_spectrum, empty) if empty.any() else features.cepstra_from(log_spectrum)
    return cepstra, float(empty.mean())


def empty_bands(spectrum: Floats) -> NDArray[np.bool_]:
    """The bands from either end of the spectrum up to the first one with sound."""
    empty = np.zeros(spectrum.shape[1], np.bool_)
    if len(spectrum):
        loud = 10 * np.log10(np.percentile(spectrum, LOUD_PERCENTILE, axis=0) + 1.0)
        present = np.flatnonzero(loud > loud.max() - EMPTY_DECIBELS)
        empty[: present[0]] = empty[present[-1] + 1 :] = True
    return empty


def _reconstruct(log_spectrum: Floats, empty: NDArray[np.bool_]) -> Floats:
    present = log_spectrum[:, ~empty]
    return np.asarray((present - present.mean(axis=0)) @ _regression(tuple(empty.tolist())), np.float32)


@lru_cache(maxsize=8)
def _regression(empty: tuple[bool, ...]) -> Floats:
    """(present bands, cepstra): maps bands to the conditional mean of the cepstra, both as deviations from their means.

    A conditional mean varies less than the cepstra themselves, so it is scaled to their deviation.
    """
    covariance = shared_model().cepstral_covariance
    bands = np.linalg.pinv(features.cosine_transform().astype(np.float64))[:, ~np.array(empty)]
    observed = bands.T @ covariance @ bands + RESIDUAL_VARIANCE * np.eye(bands.shape[1])
    weights = np.linalg.solve(observed, bands.T @ covariance)
    variance = np.einsum("bc,bd,dc->c", weights, bands.T @ covariance @ bands, weights)
    return np.asarray(weights * np.sqrt(np.diag(covariance) / variance), np.float32)
