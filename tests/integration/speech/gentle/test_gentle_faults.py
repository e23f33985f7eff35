"""Gentle's observed failures, reproduced by the stand-in."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from syncline.core.alignment import NOT_FOUND_IN_AUDIO
from syncline.core.errors import EngineError, LimitExceededError
from syncline.media.audio import Audio
from syncline.speech.engine import AlignmentOptions
from syncline.speech.gentle import GentleEngine, Limits, session

QUICK = Limits(zombie_seconds=0.5, exception_seconds=1)
IMPATIENT = Limits(stalled_seconds=4)
BAD_ALLOC = r"what\(\):  std::bad_alloc"


def align(home: Path, hello: tuple[Audio, str], limits: Limits = QUICK) -> list[str]:
    audio, transcript = hello
    engine = GentleEngine(home, threads=2, limits=limits)
    return [word.case for word in engine.align(audio, transcript, AlignmentOptions(), lambda _: None).words]


@pytest.mark.parametrize(
    ("fault", "code", "message"),
    [
        ("k3-dies", "gentle_died", r"k3 died \(killed by SIGSEGV\)"),
        ("k3-exits", "gentle_died", r"k3 died \(exit code 3\)"),
        ("k3-garbage", "gentle_failed", "Gentle failed .*: (ValueError|IndexError)"),
        ("k3-out-of-memory", "gentle_memory", rf"k3 ran out of memory \(killed by SIGABRT\): {BAD_ALLOC}"),
        ("k3-out-of-memory-at-start", "gentle_memory", rf"k3 ran out of memory \(killed by SIGABRT\): {BAD_ALLOC}"),
        ("k3-is-killed", "gentle_memory", r"k3 ran out of memory \(killed by SIGKILL\)"),
        ("m3-fails", "gentle_died", r"m3 died \(killed by SIGABRT\): ERROR \(m3\[.*Expected token <TransitionModel>"),
        ("m3-leaves-an-empty-graph", "gentle_died", r"k3 died \(killed by SIGABRT\): ERROR \(k3\[.*reading FST header"),
        ("broken-json", "gentle_failed", "result cannot be read"),
    ],
)
def test_a_fault_is_reported_with_its_reason(
    gentle_home: Callable[..., Path], hello: tuple[Audio, str], fault: str, code: str, message: str
) -> None:
    with pytest.raises((EngineError, LimitExceededError), match=message) as caught:
        align(gentle_home(fault), hello)
    assert caught.value.code == code


def test_kaldis_messages_are_in_the_log(
    gentle_home: Callable[..., Path], hello: tuple[Audio, str], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(EngineError):
        align(gentle_home("m3-fails"), hello)
    assert "Expected token <TransitionModel>" in caplog.text


@pytest.mark.parametrize("fault", ["k3-hangs", "k3-spins"])
def test_a_run_without_progress_is_stopped(
    gentle_home: Callable[..., Path], hello: tuple[Audio, str], fault: str
) -> None:
    with pytest.raises(EngineError, match="hung: no progress for 4 seconds") as caught:
        align(gentle_home(fault), hello, IMPATIENT)
    assert caught.value.code == "gentle_hung"


def test_a_spinning_k3_hits_the_wall_clock_limit(gentle_home: Callable[..., Path], hello: tuple[Audio, str]) -> None:
    limits = Limits(startup_seconds=3, seconds_per_audio_second=0.1)
    with pytest.raises(LimitExceededError, match="did not finish within 4 seconds"):
        align(gentle_home("k3-spins"), hello, limits)


@pytest.mark.parametrize("gibibytes", [1, 2])
def test_address_space_is_not_limited(
    gentle_home: Callable[..., Path], hello: tuple[Audio, str], gibibytes: int
) -> None:
    """k3 reserves much more memory than it uses. Under RLIMIT_AS it aborts or livelocks."""
    cases = align(gentle_home(), hello, Limits(memory_bytes=gibibytes * 2**30, stalled_seconds=20))
    assert cases.count("success") > len(cases) / 2


def test_the_memory_limit_is_for_the_whole_session(
    gentle_home: Callable[..., Path], decoded: Callable[[str], tuple[Audio, str]]
) -> None:
    limits = Limits(memory_bytes=700 * 2**20)
    with pytest.raises(LimitExceededError, match=r"Gentle used [\d.]+ GiB of memory; the limit is 0\.7"):
        align(gentle_home("k3-fills-memory"), decoded("recipe.flac"), limits)


def test_endless_output_does_not_stop_the_checks(gentle_home: Callable[..., Path], hello: tuple[Audio, str]) -> None:
    home = gentle_home()
    (home / "align.py").write_text("import os\nwhile True: os.write(2, b'x' * 65536)\n")
    with pytest.raises(LimitExceededError, match="did not finish within 2 seconds"):
        align(home, hello, Limits(startup_seconds=2, seconds_per_audio_second=0.01))


def test_an_empty_result_is_not_an_error(gentle_home: Callable[..., Path], hello: tuple[Audio, str]) -> None:
    assert set(align(gentle_home("empty-result"), hello)) == {NOT_FOUND_IN_AUDIO}


def test_impossible_times_are_rejected(gentle_home: Callable[..., Path], hello: tuple[Audio, str]) -> None:
    cases = align(gentle_home("impossible-times"), hello)
    assert [index for index, case in enumerate(cases) if case == NOT_FOUND_IN_AUDIO] == [2, 4, 6, 8]


def test_a_killed_python_leaves_no_spinning_k3(gentle_home: Callable[..., Path], hello: tuple[Audio, str]) -> None:
    home = gentle_home("k3-spins")
    aligner = home / "gentle/forced_aligner.py"
    kill_itself = "import os, threading\nthreading.Timer(2, os.kill, (os.getpid(), 9)).start()\n"
    aligner.write_text(kill_itself + aligner.read_text())
    with pytest.raises(LimitExceededError, match=r"Gentle ran out of memory \(killed by SIGKILL\)"):
        align(home, hello)


def test_gentle_ends_when_its_parent_is_killed(
    gentle_home: Callable[..., Path],
    hello: tuple[Audio, str],
    running_in: Callable[[Path], list[int]],
    tmp_path: Path,
) -> None:
    home, audio = gentle_home("k3-spins"), shutil.copy(hello[0].path, tmp_path)
    script = (
        "import sys; from pathlib import Path; from syncline.media.audio import *\n"
        "from syncline.speech.engine import *; from syncline.speech.gentle import *\n"
        "home, raw, samples = sys.argv[1:]\n"
        "engine = GentleEngine(Path(home), threads=2)\n"
        "engine.align(Audio(Path(raw), int(samples)), 'Hello, world!', AlignmentOptions(), print)\n"
    )
    command = [sys.executable, "-c", script, str(home), str(audio), str(hello[0].samples)]
    parent = subprocess.Popen(command)
    try:
        eventually(lambda: any(b"ext/k3" in command_of(pid) for pid in running_in(home)))
    finally:
        parent.kill()
        parent.wait()
    eventually(lambda: not [pid for pid in running_in(home) if pid != parent.pid])


def command_of(pid: int) -> bytes:
    try:
        return (session.PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""


def eventually(condition: Callable[[], bool], *, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not become true"
        time.sleep(0.05)
