from itertools import pairwise

import numpy as np
import pytest

from syncline.media.audio import SAMPLE_RATE, Audio
from syncline.speech.whisper.chunks import FRAME, MAX_FRAMES, Chunk, speech_chunks

NOISE = np.random.default_rng(7)


@pytest.fixture
def chunks_of(tmp_path):
    def chunks(*parts: np.ndarray) -> list[Chunk]:
        samples = np.concatenate(parts).astype("<i2")
        (tmp_path / "audio.raw").write_bytes(samples.tobytes())
        return speech_chunks(Audio(tmp_path / "audio.raw", len(samples)))

    return chunks


def sound(seconds: float) -> np.ndarray:
    return NOISE.normal(0, 4000, int(seconds * SAMPLE_RATE))


def quiet(seconds: float) -> np.ndarray:
    return NOISE.normal(0, 10, int(seconds * SAMPLE_RATE))


def test_digital_silence_has_no_chunk(chunks_of):
    assert chunks_of(np.zeros(20 * SAMPLE_RATE)) == []
    assert chunks_of(np.zeros(0)) == []


def test_a_chunk_covers_the_speech_and_little_else(chunks_of):
    (chunk,) = chunks_of(quiet(5), sound(3), quiet(5))
    assert chunk.start / SAMPLE_RATE == pytest.approx(4.8, abs=0.25)
    assert chunk.end / SAMPLE_RATE == pytest.approx(8.2, abs=0.25)


def test_short_sentences_share_a_chunk(chunks_of):
    (chunk,) = chunks_of(quiet(3), sound(2), quiet(3), sound(2), quiet(3))
    assert (chunk.end - chunk.start) / SAMPLE_RATE == pytest.approx(7.4, abs=0.5)


def test_long_speech_is_cut_where_it_is_quietest(chunks_of):
    first, second = chunks_of(quiet(2), sound(20), 0.05 * sound(0.2), sound(20), quiet(2))
    assert first.end == second.start
    assert first.end / SAMPLE_RATE == pytest.approx(22.1, abs=0.2)


def test_every_chunk_fits_in_whispers_window(chunks_of):
    chunks = chunks_of(*[part for index in range(20) for part in (sound(2 + 5 * (index % 4)), quiet(0.6))])
    assert len(chunks) > 1
    assert max(chunk.end - chunk.start for chunk in chunks) <= MAX_FRAMES * FRAME
    assert all(before.end <= after.start for before, after in pairwise(chunks))
