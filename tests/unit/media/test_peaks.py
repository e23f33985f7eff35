from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from syncline.media.audio import Audio
from syncline.media.peaks import POINTS_PER_SECOND, waveform


def recorded(folder: Path, samples: np.ndarray) -> Audio:
    path = folder / "audio.raw"
    path.write_bytes(samples.astype("<i2").tobytes())
    return Audio(path, len(samples))


@pytest.mark.parametrize("samples", [1, 320, 321, 60 * 16_000, 61 * 16_000 + 7])
def test_each_point_has_the_extremes_of_its_samples(tmp_path: Path, samples: int) -> None:
    noise = np.random.default_rng(1).integers(-32_768, 32_768, samples).astype(np.int16)
    body = waveform(recorded(tmp_path, noise))
    assert struct.unpack("<iIiiIi", body[:24]) == (2, 1, 16_000, 320, -(-samples // 320), 1)
    found = np.frombuffer(body[24:], dtype=np.int8).reshape(-1, 2)
    assert len(found) == -(-samples // 320)
    for point, (low, high) in enumerate(found):
        own = noise[point * 320 : point * 320 + 320]
        assert (low, high) == (own.min() // 256, own.max() // 256)


def test_a_click_is_at_its_time(tmp_path: Path) -> None:
    silence = np.zeros(16_000 * 70, dtype=np.int16)
    silence[16_000 * 65 + 100] = 20_000
    found = np.frombuffer(waveform(recorded(tmp_path, silence))[24:], dtype=np.int8).reshape(-1, 2)
    assert np.flatnonzero(found[:, 1]).tolist() == [65 * POINTS_PER_SECOND]


def test_a_recording_without_samples_has_no_points(tmp_path: Path) -> None:
    assert len(waveform(recorded(tmp_path, np.zeros(0)))) == 24
