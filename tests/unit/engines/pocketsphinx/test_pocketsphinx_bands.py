import numpy as np

from worker.engines import SAMPLE_RATE
from worker.engines.pocketsphinx import features
from worker.engines.pocketsphinx.bands import dead_bands, listen


def band(samples: np.ndarray, low: int, high: int) -> np.ndarray:
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
    spectrum[(hertz < low) | (hertz > high)] = 0
    return np.fft.irfft(spectrum, len(samples)).astype(np.int16)


def unlike(first: np.ndarray, second: np.ndarray) -> float:
    """Mean square of the differences between the cepstra, in shares of the first one's variance."""
    first, second = features.normalise(first)[0], features.normalise(second)[0]
    return float((((first - second) ** 2).mean(axis=0) / first.var(axis=0)).mean())


def test_a_whole_voice_has_no_dead_band(hello_samples: np.ndarray) -> None:
    assert not dead_bands(features.mel_spectrum(hello_samples)).any()


def test_a_telephone_leaves_both_ends_dead(hello_samples: np.ndarray) -> None:
    dead = dead_bands(features.mel_spectrum(band(hello_samples, 300, 3_400)))

    assert dead[0] and dead[-5:].all() and not dead[3:17].any()


def test_what_a_telephone_cuts_off_is_filled_in(hello_samples: np.ndarray) -> None:
    whole, narrow = hello_samples, band(hello_samples, 300, 3_400)
    unfilled = features.to_cepstra(features.logarithms(features.mel_spectrum(narrow)))

    assert unlike(listen(whole), listen(narrow)) < 0.7 * unlike(listen(whole), unfilled)


def test_silence_and_single_tones_are_no_trouble() -> None:
    tone = (8_000 * np.sin(np.arange(SAMPLE_RATE) * 2 * np.pi * 1_000 / SAMPLE_RATE)).astype(np.int16)

    for samples in (np.zeros(SAMPLE_RATE, np.int16), tone):
        assert np.isfinite(listen(samples)).all()
