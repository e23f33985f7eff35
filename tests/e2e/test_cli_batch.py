"""`syncline align` on several recordings."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.e2e.conftest import SAMPLES, syncline


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    folder = tmp_path / "recordings"
    (folder / "one").mkdir(parents=True)
    for stem in ("hello", "one/talk"):
        shutil.copy(SAMPLES / "hello.wav", folder / f"{stem}.wav")
        shutil.copy(SAMPLES / "hello.txt", folder / f"{stem}.txt")
    return folder


def run(folder: Path, *options: str) -> tuple[int, list[str]]:
    done = syncline("align", "recordings", "-o", "out", "--jobs", "1", *options, cwd=folder.parent)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr.splitlines()


ALIGNED = ["out/hello.wav/", "out/one/talk.wav/", "2 aligned, 0 skipped, 0 failed."]


def test_a_second_run_aligns_only_what_has_changed(recordings: Path) -> None:
    assert run(recordings, "--format", "srt") == (0, ALIGNED)
    results = recordings.parent / "out" / "one" / "talk.wav"
    assert {path.name for path in results.iterdir()} == {"alignment.json", "captions.en.srt"}

    (results / "captions.en.srt").unlink()
    assert run(recordings, "--format", "srt") == (
        0, ["out/hello.wav/ skipped: it is up to date", "out/one/talk.wav/", "1 aligned, 1 skipped, 0 failed."],
    )  # fmt: skip

    os.utime(recordings / "hello.txt", (1, 1))
    assert run(recordings, "--format", "srt")[1][:2] == [
        "out/hello.wav/", "out/one/talk.wav/ skipped: it is up to date",
    ]  # fmt: skip

    assert run(recordings, "--format", "srt", "--captions", "bbc") == (0, ALIGNED)
    assert run(recordings, "--format", "srt", "--captions", "bbc")[1][-1] == "0 aligned, 2 skipped, 0 failed."


def test_a_failure_does_not_stop_the_others(recordings: Path) -> None:
    (recordings / "bad.mp3").write_text("no audio")
    (recordings / "bad.txt").write_text("hello")
    shutil.copy(SAMPLES / "hello.wav", recordings / "alone.wav")
    (recordings / "hello.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nHello, world!\n")
    code, lines = run(recordings)
    assert code == 1
    assert lines[0] == "warning: recordings/alone.wav has no transcript beside it."
    assert lines[1].startswith("syncline: recordings/bad.mp3: bad.mp3 is not a recording")
    assert "“hello.txt” and “hello.vtt”" in lines[2]
    assert lines[3:] == [
        "out/one/talk.wav/", "1 aligned, 0 skipped, 2 failed, 1 without a transcript.",
        "failed: recordings/bad.mp3", "failed: recordings/hello.wav",
    ]  # fmt: skip


def test_an_engine_that_is_not_installed_ends_the_run(recordings: Path) -> None:
    code, lines = run(recordings, "--engine", "gentle")
    assert code == 1
    assert len(lines) == 1
    assert "SYNCLINE_GENTLE_HOME" in lines[0]


def test_a_recording_finds_its_transcript(recordings: Path) -> None:
    done = syncline("align", recordings / "hello.wav", "--jobs", "1")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["words"][0]["word"] == "Hello"


def test_cues_with_corrected_times_go_to_a_file_of_that_name(recordings: Path) -> None:
    cues = recordings / "one" / "cues.srt"
    cues.write_text("1\n00:01:00,000 --> 00:01:02,000\n<i>Hello,</i> world!\n")
    for name, tagged in (("new.retimed.srt", True), ("new.srt", False)):
        done = syncline("align", recordings / "hello.wav", cues, "-o", name, "--jobs", "1", cwd=recordings)
        assert done.returncode == 0, done.stderr
        content = (recordings / name).read_text("utf-8")
        assert content.startswith("1\n00:00:00,4")
        assert ("<i>" in content) is tagged
