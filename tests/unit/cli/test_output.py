"""Where -o writes: a file, a folder or stdout."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncline.cli import output
from syncline.cli.output import Output
from syncline.core.errors import InvalidInputError, InvalidOptionsError


@pytest.mark.parametrize(
    ("text", "expected", "formats"),
    [
        ("-", Output(), ["json"]),
        ("out.json", Output(file=Path("out.json"), format="json"), ["json"]),
        ("a/talk.SRT", Output(file=Path("a/talk.SRT"), format="srt"), ["srt"]),
        ("talk.TextGrid", Output(file=Path("talk.TextGrid"), format="textgrid"), ["textgrid"]),
        ("results", Output(folder=Path("results")), ["json"]),
        ("results/", Output(folder=Path("results")), ["json"]),
        ("talk.json/", Output(folder=Path("talk.json")), ["json"]),
        ("v1.2", Output(folder=Path("v1.2")), ["json"]),
    ],
)
def test_a_suffix_names_a_file_and_its_format(text: str, expected: Output, formats: list[str]) -> None:
    assert output.parse_with_formats(text, None, default="json") == (expected, formats)


def test_a_folder_that_exists_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "out.json").mkdir()
    assert output.parse_with_formats(str(tmp_path / "out.json"), "srt", default="json")[0].folder


def test_a_file_and_another_format_contradict_each_other() -> None:
    assert output.parse_with_formats("a.srt", "srt", default="json")[1] == ["srt"]
    with pytest.raises(InvalidOptionsError, match=r"a\.srt asks for srt, and --format for csv"):
        output.parse_with_formats("a.srt", "csv", default="json")


def test_files_are_named_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output.write(Output(folder=tmp_path / "[new]"), {"a.csv": b"1\r\n", "b.csv": b""})
    assert capsys.readouterr().err == f"{tmp_path}/[new]/a.csv\n{tmp_path}/[new]/b.csv\n"
    assert (tmp_path / "[new]" / "a.csv").read_bytes() == b"1\r\n"


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for target in (Output(folder=tmp_path / "file" / "out"), Output(file=tmp_path / "file" / "a.srt", format="srt")):
        with pytest.raises(InvalidInputError, match=r"Cannot write to .*: (Not a directory|File exists)"):
            output.check_writable(target)
