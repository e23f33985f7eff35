"""The temporary files of `syncline align` and `syncline transcribe`, after real signals to real processes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[4] / "samples"


@pytest.fixture
def long_recording(tmp_path: Path) -> Path:
    """Ten minutes: it takes much longer to align than a signal takes to arrive."""
    with wave.open(str(SAMPLES / "hello.wav")) as sample:
        parameters, frames = sample.getparams(), sample.readframes(sample.getnframes())
    path = tmp_path / "long.wav"
    with wave.open(str(path), "wb") as long:
        long.setparams(parameters)
        long.writeframes(frames * int(600 / (parameters.nframes / parameters.framerate)))
    shutil.copy(SAMPLES / "museum-tour.txt", tmp_path / "long.txt")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "of the command"
    path.mkdir()
    return path


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def run(*arguments: str, **environment: str) -> subprocess.Popen[str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "SYNCLINE_"))}
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "syncline.cli", *arguments],
            env=kept | environment | {"TMPDIR": str(folder)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()
        if process.stderr:
            process.stderr.close()


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def wait_for(condition: Callable[[], object], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        assert time.monotonic() < deadline
        time.sleep(0.02)


def commands(recording: Path) -> dict[str, list[str]]:
    transcript = str(recording.with_suffix(".txt"))
    return {
        "pocketsphinx": ["align", str(recording), transcript],
        "gentle": ["align", "--engine", "gentle", str(recording), transcript],
        "transcribe": ["transcribe", str(recording)],
    }


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("command", ["pocketsphinx", "gentle", "transcribe"])
def test_a_signal_leaves_no_temporary_file(
    start: Callable[..., subprocess.Popen[str]],
    long_recording: Path,
    folder: Path,
    gentle_home: Callable[..., Path],
    command: str,
    number: signal.Signals,
) -> None:
    process = start(*commands(long_recording)[command], SYNCLINE_GENTLE_HOME=str(gentle_home("k3-spins")))
    wait_for(lambda: any(path.stat().st_size for path in files_in(folder)), process)
    process.send_signal(number)
    _, messages = process.communicate(timeout=30)
    assert process.returncode == 128 + number, messages
    assert list(folder.iterdir()) == []
    assert "Traceback" not in messages


def test_the_next_run_removes_what_a_killed_one_left(
    start: Callable[..., subprocess.Popen[str]], long_recording: Path, folder: Path
) -> None:
    killed = start(*commands(long_recording)["pocketsphinx"])
    wait_for(lambda: any(path.stat().st_size for path in files_in(folder)), killed)
    killed.kill()
    killed.communicate()
    assert files_in(folder)
    done = start("align", str(SAMPLES / "hello.wav"), str(SAMPLES / "hello.txt"))
    _, messages = done.communicate(timeout=60)
    assert done.returncode == 0, messages
    assert list(folder.iterdir()) == []
