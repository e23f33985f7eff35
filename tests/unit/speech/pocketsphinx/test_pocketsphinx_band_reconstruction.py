import numpy as np

from syncline.media.audio import SAMPLE_RATE
from syncline.speech.pocketsphinx import features
from syncline.speech.pocketsphinx.band_reconstruction import compute_cepstra, empty_bands


def band_pass(samples: np.ndarray, low: int, high: int) -> np.ndarray:
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
    spectrum[(hertz < low) | (hertz > high)] = 0
    return np.fft.irfft(spectrum, len(samples)).astype(np.int16)


def correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Mean over the cepstra."""
    return float(np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(first.T, second.T, strict=True)]))


def test_full_band_speech_has_no_empty_band_pass(hello_samples: np.ndarray) -> None:
    assert not empty_bands(features.mel_spectrum(hello_samples)).any()


def test_a_telephone_leaves_the_bands_at_both_ends_empty(hello_samples: np.ndarray) -> None:
    empty = empty_bands(features.mel_spectrum(band_pass(hello_samples, 300, 3_400)))

    assert empty[0] and empty[-5:].all() and not empty[3:17].any()


def test_bands_that_a_telephone_cuts_off_are_reconstructed(hello_samples: np.ndarray) -> None:
    full_band, telephone = hello_samples, band_pass(hello_samples, 300, 3_400)
    not_reconstructed = features.cepstra_from(features.log_mel_spectrum(features.mel_spectrum(telephone)))

    assert correlation(compute_cepstra(full_band)[0], not_reconstructed) < correlation(
        compute_cepstra(full_band)[0], compute_cepstra(telephone)[0]
    )


def test_silence_and_a_pure_tone_give_finite_cepstra() -> None:
    tone = (8_000 * np.sin(np.arange(SAMPLE_RATE) * 2 * np.pi * 1_000 / SAMPLE_RATE)).astype(np.int16)

    for samples in (np.zeros(SAMPLE_RATE, np.int16), tone):
        assert np.isfinite(compute_cepstra(samples)[0]).all()
