from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from syncline.core.errors import EngineError
from syncline.speech.gentle.watchdog import Limits, Watchdog, available_memory_bytes

NO_SUCH_SESSION = 0x7FFFFFFF


@pytest.mark.parametrize(("content", "expected"), [("1073741824\n", 2**30), ("max\n", None), (None, None)])
def test_the_container_limits_memory(tmp_path: Path, content: str | None, expected: int | None) -> None:
    limit = tmp_path / "memory.max"
    if content is not None:
        limit.write_text(content)
    assert available_memory_bytes([limit]) == (expected or available_memory_bytes([]))


def test_the_limit_of_cgroup_v1_counts_too(tmp_path: Path) -> None:
    (tmp_path / "v1").write_text(str(2**30))
    assert available_memory_bytes([tmp_path / "v2", tmp_path / "v1"]) == 2**30
    (tmp_path / "v1").write_text("9223372036854771712")  # its way to say "no limit"
    assert available_memory_bytes([tmp_path / "v2", tmp_path / "v1"]) == available_memory_bytes([])


def test_debug_lines_are_progress_but_not_quoted() -> None:
    watchdog = Watchdog(NO_SUCH_SESSION, Limits(), 60.0)
    before = watchdog._last_progress
    watchdog.record("DEBUG:root:message: words of the transcript")
    assert watchdog._last_progress > before
    assert watchdog.messages == ""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_cpu_time_of_ended_processes_is_counted() -> None:
    leader = subprocess.Popen([sys.executable, "-c", "while True: pass"], stdin=subprocess.PIPE, start_new_session=True)
    watchdog = Watchdog(leader.pid, Limits(), 60.0)
    try:
        while watchdog.cpu_seconds < 0.2:
            watchdog.check()
    finally:
        leader.kill()
        leader.communicate()
    before = watchdog.cpu_seconds
    watchdog.check()
    assert watchdog.cpu_seconds == before


def test_a_failure_without_a_known_death_quotes_gentles_last_line_and_kaldi() -> None:
    watchdog = Watchdog(NO_SUCH_SESSION, Limits(), 60.0)
    watchdog.record("RuntimeError: Unable to resample")
    assert watchdog.failure("exit code 1").message == "Gentle failed (exit code 1): RuntimeError: Unable to resample"
    watchdog.kaldi.record("ERROR (m3[5.4]:f()) reason")
    error = watchdog.failure("exit code 1")
    assert isinstance(error, EngineError)
    assert error.message.endswith("Unable to resample (ERROR (m3[5.4]:f()) reason)")
