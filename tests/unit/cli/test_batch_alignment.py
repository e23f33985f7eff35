"""Which files `syncline align` pairs."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncline.cli.batch_alignment import align_paths, find
from syncline.cli.local_alignment import AlignRequest
from syncline.core.errors import InvalidOptionsError, MediaError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    names = (
        "a.mp3", "a.txt", "b.WAV", "b.srt", "c.mp3", "c.notes.pdf", "d.mp4", "d.vtt", "d.txt", "talk.2019.mp3",
        "talk.2019.txt", "talk.txt", "one/a.mp3", "one/a.txt", "one/b.mp3", ".hidden/x.mp3", "a.job.json",
    )  # fmt: skip
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    return tmp_path


def pairs(*paths: Path) -> dict[str, list[str]]:
    return {found.place.as_posix(): [path.name for path in found.transcripts] for found in find(paths)}


def test_a_folder_is_searched_with_its_subfolders(folder: Path) -> None:
    assert pairs(folder) == {
        "a.mp3": ["a.txt"], "b.WAV": ["b.srt"], "c.mp3": [], "d.mp4": ["d.txt", "d.vtt"],
        "one/a.mp3": ["a.txt"], "one/b.mp3": [], "talk.2019.mp3": ["talk.2019.txt"],
    }  # fmt: skip


def test_transcripts_are_found_through_their_recordings(folder: Path) -> None:
    given = sorted(path for path in folder.iterdir() if path.is_file() and path.suffix != ".pdf")
    assert pairs(*given) == {name: names for name, names in pairs(folder).items() if "/" not in name}


def test_a_missing_file_is_an_error(folder: Path) -> None:
    with pytest.raises(MediaError, match="no file"):
        pairs(folder / "a.mp3", folder / "nothing.mp3")


@pytest.mark.parametrize(
    ("paths", "output", "message"),
    [
        (["."], "-", "need a folder"),
        (["a.mp3", "b.WAV"], "out.srt", "need a folder"),
        (["c.mp3"], "-", "no recording with a transcript"),
        (["d.mp4"], "-", "2 transcripts: “d.txt” and “d.vtt”"),
        (["a.mp3", "one/a.mp3"], "out", "Two recordings are named a.mp3"),
        (["."], ".", "which is a file"),
    ],
)
def test_what_cannot_be_done_is_refused_before_the_work(
    folder: Path, monkeypatch: pytest.MonkeyPatch, paths: list[str], output: str, message: str
) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(InvalidOptionsError, match=message):
        align_paths([Path(path) for path in paths], AlignRequest(output))
