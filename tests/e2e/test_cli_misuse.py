"""Wrong commands, unusual terminals, and Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.conftest import BIN, SAMPLES, clean_environment, syncline


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nosuch",), "No such command"),
        (("align",), "Missing argument"),
        (("align", "talk.mp3", "talk.txt", "--jobs", "0"), "--jobs"),
        (("jobs", "--limit", "many"), "--limit"),
        (("jobs", "--colour", "red"), "No such option"),
        (("jobs", "--state", "FALED"), "Did you mean “FAILED”?"),
        (("local", "--port", "99999"), "--port"),
        (("local", "--engine", "kaldi"), "gentle, pocketsphinx"),
    ],
)
def test_a_wrong_command_is_explained_with_exit_code_2(arguments: tuple[str, ...], said: str) -> None:
    done = syncline(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_control_characters_in_a_name_do_not_reach_the_terminal(tmp_path: Path) -> None:
    name = "a\x1b]0;owned\x07.txt"
    for command in (("align", SAMPLES / "hello.wav", name), ("captions", name), ("translate", name, "--to", "ja")):
        done = syncline(*command, cwd=tmp_path)
        assert done.returncode == 2
        assert "\\x1b]0;owned" in done.stderr
        assert not set(done.stderr) & set("\x1b\x07")


def test_no_command_at_all_gets_the_help_and_exit_code_2() -> None:
    done = syncline()
    assert done.returncode == 2
    assert "Usage: syncline" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_stdout_is_utf8_whatever_the_terminal_is_set_to(encoding: str) -> None:
    environment = clean_environment() | {"PYTHONIOENCODING": encoding}
    command = ("translate", SAMPLES / "hello.txt", "--to", "ja", "--model", "m2m100-toy")
    done = syncline(*command, env=environment, text=False)
    assert done.returncode == 0, done.stderr
    assert "こんにちは" in done.stdout.decode("utf-8")


def test_a_name_that_is_not_utf8_is_refused_for_s3_and_accepted_on_this_machine(tmp_path: Path) -> None:
    recording = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.wav"))
    recording.write_bytes((SAMPLES / "hello.wav").read_bytes())
    deployed = {"SYNCLINE_BUCKET": "b", "SYNCLINE_TABLE": "t", "AWS_REGION": "eu-west-1"}
    refused = syncline("submit", recording, SAMPLES / "hello.txt", env=clean_environment() | deployed)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "not UTF-8" in refused.stderr
    assert "Traceback" not in refused.stderr
    aligned = syncline("align", recording, SAMPLES / "hello.txt", "--format", "csv", "--jobs", "1")
    assert aligned.returncode == 0, aligned.stderr


def wait_for_a_child(pid: int) -> None:
    """ffmpeg or an alignment process: the command is at work."""
    deadline = time.monotonic() + 60
    while not subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], stdout=subprocess.PIPE, check=False).stdout:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_ctrl_c_ends_it_with_130_and_no_traceback() -> None:
    command = [BIN / "syncline", "align", SAMPLES / "museum-tour.mp3", SAMPLES / "museum-tour.txt", "--jobs", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment()) as process:
        wait_for_a_child(process.pid)
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, b"")
    assert b"Traceback" not in errors


def test_ctrl_c_during_the_start_leaves_no_traceback() -> None:
    code = (
        "import sys, syncline.cli\n"
        "class Impatient:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'typer': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Impatient())\n"
        "syncline.cli.main(['--version'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")
