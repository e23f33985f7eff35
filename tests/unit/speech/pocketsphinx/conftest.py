import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from syncline.media.audio import Audio

SAMPLES = Path(__file__).parents[4] / "samples"


@pytest.fixture(scope="session")
def hello_samples() -> np.ndarray:
    with wave.open(str(SAMPLES / "hello.wav")) as recording:
        return np.frombuffer(recording.readframes(recording.getnframes()), "<i2")


@pytest.fixture(scope="session")
def hello_text() -> str:
    return (SAMPLES / "hello.txt").read_text(encoding="utf-8").strip()


@pytest.fixture
def audio_of(tmp_path: Path) -> Callable[[np.ndarray], Audio]:
    def write(samples: np.ndarray) -> Audio:
        path = tmp_path / "audio.raw"
        path.write_bytes(samples.astype("<i2").tobytes())
        return Audio(path, len(samples))

    return write
