"""Fixtures: an installation of the stand-in for each test, and decoded samples."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from standin.install import install

from syncline.media import ffmpeg_binary
from syncline.media.audio import SAMPLE_RATE, Audio
from syncline.speech.gentle import session

SAMPLES = Path(__file__).parents[4] / "samples"
FAULTS = (
    "k3-dies",  # killed by a signal in the middle of a window
    "k3-exits",
    "k3-hangs",  # sleeps forever
    "k3-spins",  # uses CPU forever without output
    "k3-garbage",  # writes a line that is not in the protocol
    "k3-out-of-memory",  # aborts with Kaldi's message when an allocation fails
    "k3-out-of-memory-at-start",  # the same before it reads a command: Gentle gets a broken pipe
    "k3-is-killed",  # SIGKILL, as from the kernel's out-of-memory killer
    "k3-fills-memory",  # uses more resident memory than the session may
    "m3-fails",  # aborts with Kaldi's message
    "m3-leaves-an-empty-graph",  # k3 aborts when it reads that
    "empty-result",  # the result is {}
    "broken-json",
    "impossible-times",  # negative, beyond the end, not a number, out of order
    "misplaced",  # three words in the middle are found up to a second late
    "gaps",  # three words in the middle not found
)


@pytest.fixture
def gentle_home(tmp_path: Path) -> Callable[..., Path]:
    def make(fault: str = "") -> Path:
        assert not fault or fault in FAULTS
        return install(tmp_path / "gentle home", fault=fault)

    return make


@pytest.fixture(scope="session")
def decoded(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Audio, str]]:
    """Decode a sample for the engines; return it with its transcript."""

    def decode(name: str) -> tuple[Audio, str]:
        recording = SAMPLES / name
        raw = tmp_path_factory.mktemp("decoded") / "audio.raw"
        command = [ffmpeg_binary(), "-loglevel", "error", "-i", str(recording), "-ac", "1", "-ar", str(SAMPLE_RATE)]
        subprocess.run([*command, "-f", "s16le", str(raw)], check=True)
        return Audio(raw, raw.stat().st_size // 2), recording.with_suffix(".txt").read_text(encoding="utf-8")

    return decode


@pytest.fixture(scope="session")
def hello(decoded: Callable[[str], tuple[Audio, str]]) -> tuple[Audio, str]:
    return decoded("hello.wav")


@pytest.fixture(name="running_in")
def running_in_fixture() -> Callable[[Path], list[int]]:
    return running_in


@pytest.fixture(autouse=True)
def nothing_left_behind(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """After each test, check that no process of the stand-in and no temporary file is left."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    yield
    assert not running_in(tmp_path)
    assert list(temporary.iterdir()) == []
    assert list(tmp_path_factory.getbasetemp().glob("decoded*/gentle-*")) == []


def running_in(folder: Path) -> list[int]:
    """Return the processes whose command line contains the folder."""
    found = []
    for process in session.PROC.glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in command:
            found.append(int(process.name))
    return found
