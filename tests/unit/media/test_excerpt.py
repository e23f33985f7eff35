import tracemalloc
import wave

import numpy as np
import pytest

from syncline.media import export_wav
from syncline.media.audio import SAMPLE_RATE, Audio


@pytest.fixture
def decoded(tmp_path):
    def write(samples):
        path = tmp_path / "audio.raw"
        np.asarray(samples).astype("<i2").tofile(path)
        return Audio(path, len(samples))

    return write


def tone(hertz, seconds, amplitude=10_000):
    return amplitude * np.sin(2 * np.pi * hertz * np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE)


def read(path):
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(float)


def loudness(samples):
    return np.sqrt(np.mean(samples**2))


def test_the_original_rate_keeps_the_samples(decoded, tmp_path):
    export_wav(decoded(np.arange(48_000) % 1000), 1.0, 2.0, tmp_path / "a.wav")
    rate, samples = read(tmp_path / "a.wav")
    assert rate == SAMPLE_RATE
    assert (samples == np.arange(16_000, 32_000) % 1000).all()


def test_half_the_rate_keeps_the_sound(decoded, tmp_path):
    export_wav(decoded(tone(440, 3)), 0.5, 2.5, tmp_path / "a.wav", 8000)
    rate, samples = read(tmp_path / "a.wav")
    assert (rate, len(samples)) == (8000, 16_000)
    expected = 10_000 * np.sin(2 * np.pi * 440 * (0.5 + np.arange(16_000) / 8000))
    assert np.abs(samples[100:-100] - expected[100:-100]).max() < 150


def test_frequencies_above_the_new_limit_do_not_alias(decoded, tmp_path):
    export_wav(decoded(tone(6000, 2)), 0.0, 2.0, tmp_path / "a.wav", 8000)
    assert loudness(read(tmp_path / "a.wav")[1][200:-200]) < 10  # of 7,071


def test_chunk_borders_are_continuous(decoded, tmp_path):
    export_wav(decoded(tone(440, 130)), 0.0, 130.0, tmp_path / "a.wav", 8000)
    samples = read(tmp_path / "a.wav")[1]
    assert len(samples) == 130 * 8000
    around = samples[60 * 8000 - 50 : 60 * 8000 + 50]
    assert np.abs(np.diff(around)).max() <= np.abs(np.diff(samples[1000:2000])).max() * 1.05


def test_an_excerpt_ends_with_the_recording(decoded, tmp_path):
    export_wav(decoded(np.ones(16_000)), -1.0, 99.0, tmp_path / "a.wav")
    assert len(read(tmp_path / "a.wav")[1]) == 16_000


def test_a_long_excerpt_is_exported_in_bounded_memory(decoded, tmp_path):
    audio = decoded(np.zeros(120 * SAMPLE_RATE, dtype="<i2"))
    export_wav(audio, 0.0, 1.0, tmp_path / "warm-up.wav", 8000)
    tracemalloc.start()
    export_wav(audio, 0.0, audio.seconds, tmp_path / "a.wav", 8000, chunk_seconds=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < audio.samples * 2 / 4
