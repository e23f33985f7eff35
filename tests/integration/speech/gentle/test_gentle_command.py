"""The engine from the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

SAMPLES = Path(__file__).parents[4] / "samples"


def syncline(home: Path | None, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "SYNCLINE_"))}
    return subprocess.run(
        [sys.executable, "-c", "from syncline.cli import main; main()", *arguments],
        env=kept | ({"SYNCLINE_GENTLE_HOME": str(home)} if home else {}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def gentle_check(home: Path | None) -> dict[str, str]:
    checks = json.loads(syncline(home, "doctor", "--json").stdout)
    [found] = [check for check in checks if check["subject"] == "gentle"]
    return dict(found)


def test_align_with_gentle(gentle_home: Callable[..., Path]) -> None:
    recording, transcript = str(SAMPLES / "hello.wav"), str(SAMPLES / "hello.txt")
    done = syncline(gentle_home(), "align", "--engine", "gentle", recording, transcript)
    document = json.loads(done.stdout)
    assert document["syncline"]["engine"] == "gentle"
    assert sum(word["case"] == "success" for word in document["words"]) == 23


def test_doctor_names_each_missing_file(gentle_home: Callable[..., Path]) -> None:
    home = gentle_home()
    assert gentle_check(home)["finding"] == "ok"
    (home / "ext/m3").unlink()
    broken = gentle_check(home)
    assert broken["finding"] == "bad" and f"{home / 'ext/m3'} is missing." in broken["says"]


def test_a_missing_installation_is_reported_in_a_sentence() -> None:
    done = syncline(None, "align", "--engine", "gentle", str(SAMPLES / "hello.wav"), str(SAMPLES / "hello.txt"))
    assert done.returncode in (1, 2)
    assert "SYNCLINE_GENTLE_HOME is not set" in done.stderr and "Traceback" not in done.stderr


def test_the_benchmark_skips_gentle_where_it_is_not_installed() -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SYNCLINE_")}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.align", "--engines", "gentle"],
        env=environment,
        cwd=SAMPLES.parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout == "gentle is left out, because it is not installed: SYNCLINE_GENTLE_HOME is not set.\n"
