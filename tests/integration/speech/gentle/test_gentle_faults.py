"""Everything that Gentle was seen to do wrong, done by the stand-in."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from syncline.core.alignment import NOT_FOUND_IN_AUDIO
from syncline.core.errors import EngineError, LimitExceededError, SynclineError
from syncline.media.audio import Audio
from syncline.speech.engine import AlignmentOptions
from syncline.speech.gentle import GentleEngine, Limits, processes

QUICK = Limits(startup_seconds=8, silent_seconds=2.5, dead_seconds=0.5, farewell_seconds=1)


def align(home: Path, hello: tuple[Audio, str], limits: Limits = QUICK) -> list[str]:
    audio, transcript = hello
    engine = GentleEngine(home, threads=2, limits=limits)
    return [word.case for word in engine.align(audio, transcript, AlignmentOptions(), lambda _: None).words]


@pytest.mark.parametrize(
    ("fault", "error", "message"),
    [
        ("k3-dies", EngineError, r"k3 died \(killed by SIGSEGV\)"),
        ("k3-exits", EngineError, r"k3 died \(exit code 3\)"),
        ("k3-hangs", EngineError, "hung: no progress and no work for 2 seconds"),
        ("k3-babbles", EngineError, "Gentle failed .*: (ValueError|IndexError)"),
        ("broken-json", EngineError, "result cannot be read"),
    ],
)
def test_a_fault_ends_the_run_with_its_reason(
    gentle_home: Callable[..., Path], hello: tuple[Audio, str], fault: str, error: type[SynclineError], message: str
) -> None:
    with pytest.raises(error, match=message) as caught:
        align(gentle_home(fault), hello)
    assert caught.value.code.startswith("gentle")


def test_a_k3_that_works_for_ever_hits_the_wall_clock(
    gentle_home: Callable[..., Path], hello: tuple[Audio, str]
) -> None:
    limits = Limits(startup_seconds=3, seconds_per_audio_second=0.1, silent_seconds=2)
    with pytest.raises(LimitExceededError, match="did not finish within 4 seconds"):
        align(gentle_home("k3-spins"), hello, limits)


def test_a_k3_that_asks_for_too_much_memory_is_refused_it(
    gentle_home: Callable[..., Path], hello: tuple[Audio, str]
) -> None:
    limits = Limits(memory_bytes=700 * 2**20, dead_seconds=0.5)
    with pytest.raises(EngineError, match=r"k3 died \(exit code 1\)"):
        align(gentle_home("k3-grows"), hello, limits)


def test_all_processes_together_may_use_so_much_memory_and_no_more(
    gentle_home: Callable[..., Path], decoded: Callable[[str], tuple[Audio, str]]
) -> None:
    limits = Limits(memory_bytes=700 * 2**20)
    with pytest.raises(LimitExceededError, match=r"Gentle used [\d.]+ GiB of memory, more than its 0\.7"):
        align(gentle_home("k3-outgrows"), decoded("recipe.flac"), limits)


def test_a_flood_of_messages_does_not_keep_us_from_looking(
    gentle_home: Callable[..., Path], hello: tuple[Audio, str]
) -> None:
    home = gentle_home()
    (home / "align.py").write_text("import os\nwhile True: os.write(2, b'x' * 65536)\n")
    with pytest.raises(LimitExceededError, match="did not finish within 2 seconds"):
        align(home, hello, Limits(startup_seconds=2, seconds_per_audio_second=0.01))


def test_an_empty_result_is_no_error(gentle_home: Callable[..., Path], hello: tuple[Audio, str]) -> None:
    assert set(align(gentle_home("nothing"), hello)) == {NOT_FOUND_IN_AUDIO}


def test_absurd_times_are_not_passed_on(gentle_home: Callable[..., Path], hello: tuple[Audio, str]) -> None:
    cases = align(gentle_home("absurd-times"), hello)
    assert [index for index, case in enumerate(cases) if case == NOT_FOUND_IN_AUDIO] == [2, 4, 6, 8]


def test_a_python_that_is_killed_leaves_no_spinning_k3(
    gentle_home: Callable[..., Path], hello: tuple[Audio, str]
) -> None:
    home = gentle_home("k3-spins")
    aligner = home / "gentle/forced_aligner.py"
    suicide = "import os, threading\nthreading.Timer(2, os.kill, (os.getpid(), 9)).start()\n"
    aligner.write_text(suicide + aligner.read_text())
    with pytest.raises(EngineError, match="killed by SIGKILL"):
        align(home, hello)


def test_when_we_are_killed_gentle_goes_with_us(
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
    us = subprocess.Popen(command)
    try:
        eventually(lambda: any(b"ext/k3" in command_of(pid) for pid in running_in(home)))
    finally:
        us.kill()
        us.wait()
    eventually(lambda: not [pid for pid in running_in(home) if pid != us.pid])


def command_of(pid: int) -> bytes:
    try:
        return (processes.PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""


def eventually(condition: Callable[[], bool], *, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)
