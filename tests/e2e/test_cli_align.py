"""`syncline align` and `syncline transcribe` on files, with no AWS."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.conftest import SAMPLES, clean_environment, syncline


def test_json_goes_to_stdout_and_progress_to_stderr() -> None:
    done = syncline("align", SAMPLES / "hello.wav", SAMPLES / "hello.txt", "--jobs", "1")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert [word["case"] for word in document["words"]] == ["success"] * len(document["words"])
    assert document["syncline"]["engine"] == "pocketsphinx"
    assert document["syncline"]["sentences"][0]["text"] == "Hello, world!"


def test_several_formats_go_into_a_folder(tmp_path: Path) -> None:
    formats = "json,csv,srt,vtt,textgrid"
    done = syncline("align", SAMPLES / "hello.wav", SAMPLES / "hello.txt", "-o", tmp_path / "out", "--format", formats)
    assert done.returncode == 0, done.stderr
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {
        "alignment.json", "alignment.csv", "alignment.TextGrid", "captions.en.srt", "captions.en.vtt",
    }  # fmt: skip


def test_the_suffix_of_a_file_names_the_format(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    for name, start in (("out.json", "{"), ("here/talk.srt", "1\n00:00:0"), ("new/talk.TextGrid", "File type")):
        done = syncline("align", SAMPLES / "hello.wav", SAMPLES / "hello.txt", "-o", name, cwd=tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", f"{name}\n")
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)


def test_translations_need_a_folder(tmp_path: Path) -> None:
    for output in ("-", "out.json"):
        done = syncline(
            "align", SAMPLES / "hello.wav", SAMPLES / "hello.txt", "-o", output, "--translate", "ja", cwd=tmp_path
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert "Give a folder with -o" in done.stderr


def test_the_default_engine_comes_from_the_environment() -> None:
    environment = clean_environment() | {"SYNCLINE_ENGINE": "gentle"}
    command = ("align", SAMPLES / "hello.wav", SAMPLES / "hello.txt", "--jobs", "1")
    done = syncline(*command, env=environment)
    assert (done.returncode, done.stdout) == (1, "")
    assert "SYNCLINE_GENTLE_HOME" in done.stderr
    assert syncline(*command, "--engine", "pocketsphinx", "--format", "csv", env=environment).returncode == 0


def test_a_storyboard_goes_into_the_folder_and_a_recording_without_video_gets_a_warning(tmp_path: Path) -> None:
    done = syncline(
        "align", SAMPLES / "bird-walk.mp4", SAMPLES / "bird-walk.txt", "-o", tmp_path / "out", "--storyboard"
    )
    assert done.returncode == 0, done.stderr
    document = json.loads((tmp_path / "out" / "alignment.json").read_bytes())
    cues = (tmp_path / "out" / "storyboard.vtt").read_text(encoding="utf-8")
    assert cues.count("storyboard-1.jpg#xywh=") == len(document["syncline"]["sentences"])
    assert (tmp_path / "out" / "storyboard-1.jpg").read_bytes().startswith(b"\xff\xd8")
    hello = ("align", SAMPLES / "hello.wav", SAMPLES / "hello.txt", "--storyboard")
    silent = syncline(*hello, "-o", tmp_path / "hello", "--jobs", "1")
    assert (silent.returncode, "the recording has no video" in silent.stderr) == (0, True)
    assert (syncline(*hello, "-o", "-")).returncode == 2


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "not-audio.mp3").write_text("hello")
    (tmp_path / "empty.mp3").write_bytes(b"")
    (tmp_path / "empty.txt").write_text(" \n")
    (tmp_path / "latin1.txt").write_bytes("déjà vu".encode("latin-1"))
    (tmp_path / "utf16.txt").write_text("hello", encoding="utf-16")
    return tmp_path


@pytest.mark.parametrize(
    ("recording", "transcript", "reason"),
    [
        ("missing.wav", "hello.txt", "There is no file"),
        ("hello.wav", "missing.txt", "cannot be read"),
        ("not-audio.mp3", "hello.txt", "not-audio.mp3"),
        ("empty.mp3", "hello.txt", "empty"),
        ("hello.wav", "empty.txt", "The transcript is empty"),
        ("hello.wav", "latin1.txt", "not UTF-8"),
        ("hello.wav", "utf16.txt", "UTF-16"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(files: Path, recording: str, transcript: str, reason: str) -> None:
    given = [SAMPLES / name if (SAMPLES / name).exists() else files / name for name in (recording, transcript)]
    done = syncline("align", *given)
    assert (done.returncode, done.stdout) == (2, "")
    assert reason in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_format_is_refused_with_what_is_allowed() -> None:
    done = syncline("align", SAMPLES / "hello.wav", SAMPLES / "hello.txt", "--format", "docx")
    assert done.returncode == 2
    assert "Allowed are: json, csv, srt, vtt, " in done.stderr


def test_captions_come_back_with_corrected_times(tmp_path: Path) -> None:
    wrong = "1\n00:01:00,000 --> 00:01:02,000\n<i>Hello,</i> world! [door slams]\n"
    words = SAMPLES.joinpath("hello.txt").read_text(encoding="utf-8").split(maxsplit=2)[2]
    (tmp_path / "hello.srt").write_text(f"{wrong}\n2\n00:01:03,000 --> 00:01:09,000\n{words}\n", encoding="utf-8")
    done = syncline("align", SAMPLES / "hello.wav", tmp_path / "hello.srt", "-o", tmp_path / "out", "--format", "json")
    assert done.returncode == 0, done.stderr
    retimed = (tmp_path / "out" / "captions.en.retimed.srt").read_text(encoding="utf-8")
    assert "<i>Hello,</i> world! [door slams]" in retimed
    assert retimed.startswith("1\n00:00:0")
    document = json.loads((tmp_path / "out" / "alignment.json").read_text(encoding="utf-8"))
    assert "slams" in document["transcript"]
    assert "slams" not in [word["word"] for word in document["words"]]


def test_a_page_to_read_along_holds_the_recording(tmp_path: Path) -> None:
    done = syncline("align", SAMPLES / "hello.wav", SAMPLES / "hello.txt", "-o", tmp_path / "hello.html")
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "hello.html").read_text(encoding="utf-8")
    assert "data:audio/wav;base64," in page
    assert ">Hello<" in page
