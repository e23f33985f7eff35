"""The library on real recordings: results, processes and temporary files."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

import syncline
from syncline.media import decode

SAMPLES = Path(__file__).parents[3] / "samples"
WAV, TXT = SAMPLES / "hello.wav", SAMPLES / "hello.txt"


def children() -> set[int]:
    """The child processes of this process."""
    found = set()
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # the thread has ended meanwhile
            found |= {int(pid) for pid in (task / "children").read_text().split()}
    return found


def environment_variables() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}


@pytest.fixture(autouse=True, scope="module")
def launcher_of_ffmpeg(tmp_path_factory: pytest.TempPathFactory) -> None:
    """It starts with the first recording and stays until Python exits, so it should be there before children count."""
    decode(WAV, tmp_path_factory.mktemp("launcher") / "samples.raw")


@pytest.fixture(autouse=True)
def folder_for_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture(autouse=True)
def leaves_nothing_behind(folder_for_temporary_files: Path):  # type: ignore[no-untyped-def]
    before, environment = children(), environment_variables()
    yield
    assert children() <= before
    assert list(folder_for_temporary_files.iterdir()) == []
    assert environment_variables() == environment


def test_align_finds_the_words() -> None:
    reports: list[tuple[str, float]] = []
    aligned = syncline.align(WAV, TXT, processes=1, progress=lambda *report: reports.append(report))
    assert all(word.aligned for word in aligned.words)
    assert aligned.sentences[0].text == "Hello, world!"
    assert aligned.to_srt().startswith("1\n00:00:00,4")
    assert {stage for stage, _ in reports} == {"decode", "align"}
    shares = [share for _, share in reports]
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_a_text_needs_no_file() -> None:
    aligned = syncline.align(str(WAV), text=TXT.read_text("utf-8"), processes=1)
    assert (aligned.words, aligned.transcript_file) == (syncline.align(WAV, TXT, processes=1).words, None)


def test_transcribe_writes_down_words_without_a_transcript() -> None:
    assert "hello" in syncline.transcribe(WAV, processes=1).transcript.lower()


def test_an_aligner_keeps_its_processes() -> None:
    others = children()  # of other tests in this process
    with syncline.Aligner(processes=2) as aligner:
        first = aligner.align(WAV, TXT)
        started = children() - others
        assert len(started) == 1  # the recording is one section
        assert aligner.align(WAV, TXT).words == first.words
        assert children() - others == started
    with pytest.raises(RuntimeError, match="closed"):
        aligner.align(WAV, TXT)


def test_several_threads_share_an_aligner() -> None:
    found: list[syncline.Alignment] = []
    others = children()  # of other tests in this process
    with syncline.Aligner(processes=2) as aligner:
        threads = [threading.Thread(target=lambda: found.append(aligner.align(WAV, TXT))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(children() - others) == 2
    assert len(found) == 3
    assert found[0].words == found[1].words == found[2].words


def test_cues_come_back_with_corrected_times(tmp_path: Path) -> None:
    cues = tmp_path / "hello.srt"
    cues.write_text("1\n00:01:00,000 --> 00:01:02,000\n<i>Hello,</i> world!\n", encoding="utf-8")
    aligned = syncline.align(WAV, cues, processes=1)
    aligned.write(tmp_path / "new.retimed.srt")
    assert (tmp_path / "new.retimed.srt").read_text("utf-8").startswith("1\n00:00:00,4")
    with pytest.raises(syncline.InvalidOptionsError, match="the input itself"):
        aligned.write(cues)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("at", ["decode", "align"])
def test_an_exception_in_between_leaves_nothing_behind(error: type[BaseException], at: str) -> None:
    def fail(stage: str, share: float) -> None:
        if stage == at:
            raise error

    with pytest.raises(error):
        syncline.align(WAV, TXT, processes=1, progress=fail)


def test_wrong_arguments_start_no_processes(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="either a transcript file or text"):
        syncline.align(WAV)
    with pytest.raises(TypeError, match="either a transcript file or text"):
        syncline.align(WAV, TXT, text="Hello")
    with pytest.raises(syncline.MediaError, match="no file"):
        syncline.align(tmp_path / "nothing.wav", TXT)
    with pytest.raises(syncline.TranscriptError, match="cannot be read"):
        syncline.align(WAV, tmp_path / "nothing.txt")
    with pytest.raises(syncline.TranscriptError, match="UTF-8"):
        syncline.align(WAV, text="\ud800 hello")
    with pytest.raises(syncline.InvalidOptionsError, match="language"):
        syncline.align(WAV, TXT, language="tlh")
    with pytest.raises(syncline.InvalidOptionsError, match="engine"):
        syncline.align(WAV, TXT, engine="kaldi")


SCRIPT = f"""
import syncline
print(len(syncline.align({str(WAV)!r}, {str(TXT)!r}, processes=1).words))
"""


def run(code: str, folder: Path, *, as_script: bool = False) -> subprocess.CompletedProcess[str]:
    script = folder / "script.py"
    script.write_text(code)
    command = [sys.executable, str(script)] if as_script else [sys.executable, "-c", code]
    environment = {**os.environ, "PYTHONPATH": str(SAMPLES.parent), "TMPDIR": str(folder / "temporary")}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("as_script", [True, False])
def test_a_script_needs_no_guard_around_its_calls(tmp_path: Path, as_script: bool) -> None:
    done = run(SCRIPT, tmp_path, as_script=as_script)
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) > 2


def test_a_script_that_forgets_to_close_its_aligner_ends(tmp_path: Path) -> None:
    code = (
        f"import syncline\na = syncline.Aligner(processes=1)\nprint(len(a.align({str(WAV)!r}, {str(TXT)!r}).words))\n"
    )
    done = run(code, tmp_path)
    assert done.returncode == 0, done.stderr
    run(SCRIPT, tmp_path)  # the next process removes the folder that the first has left


def test_an_interrupted_script_leaves_nothing_behind(tmp_path: Path) -> None:
    code = f"""
import os, signal, syncline
def interrupt(stage, share):
    if stage == "align":
        os.kill(os.getpid(), signal.SIGINT)
        signal.sigtimedwait([], 5)
syncline.align({str(WAV)!r}, {str(TXT)!r}, progress=interrupt)
"""
    done = run(code, tmp_path)
    assert done.returncode in (1, -signal.SIGINT, 130)
    assert "KeyboardInterrupt" in done.stderr
