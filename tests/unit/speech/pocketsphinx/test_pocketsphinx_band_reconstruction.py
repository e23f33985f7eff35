import numpy as np

from syncline.media.audio import SAMPLE_RATE
from syncline.speech.pocketsphinx import features
from syncline.speech.pocketsphinx.band_reconstruction import dead_bands, listen


def band(samples: np.ndarray, low: int, high: int) -> np.ndarray:
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
    spectrum[(hertz < low) | (hertz > high)] = 0
    return np.fft.irfft(spectrum, len(samples)).astype(np.int16)


def alike(first: np.ndarray, second: np.ndarray) -> float:
    """Mean over the cepstra of how far one follows the other, at most 1."""
    return float(np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(first.T, second.T, strict=True)]))


def test_a_whole_voice_has_no_dead_band(hello_samples: np.ndarray) -> None:
    assert not dead_bands(features.mel_spectrum(hello_samples)).any()


def test_a_telephone_leaves_both_ends_dead(hello_samples: np.ndarray) -> None:
    dead = dead_bands(features.mel_spectrum(band(hello_samples, 300, 3_400)))

    assert dead[0] and dead[-5:].all() and not dead[3:17].any()


def test_what_a_telephone_cuts_off_is_filled_in(hello_samples: np.ndarray) -> None:
    whole, narrow = hello_samples, band(hello_samples, 300, 3_400)
    unfilled = features.to_cepstra(features.logarithms(features.mel_spectrum(narrow)))

    assert alike(listen(whole)[0], unfilled) < alike(listen(whole)[0], listen(narrow)[0])


def test_silence_and_single_tones_are_no_trouble() -> None:
    tone = (8_000 * np.sin(np.arange(SAMPLE_RATE) * 2 * np.pi * 1_000 / SAMPLE_RATE)).astype(np.int16)

    for samples in (np.zeros(SAMPLE_RATE, np.int16), tone):
        assert np.isfinite(listen(samples)[0]).all()
