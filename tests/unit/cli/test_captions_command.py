"""`syncline captions` on files."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncline.cli.captions import captions
from syncline.core.alignment import SUCCESS, Alignment, Word, to_json
from syncline.core.errors import InvalidInputError, InvalidOptionsError

HELLO = Alignment("Hello.", (Word(SUCCESS, "Hello", 0.5, 1.5, 0, 5, "hello"),), {"language": "en"})
SRT = b"1\n00:00:00,500 --> 00:00:01,500\nHello.\n\n"


@pytest.fixture
def aligned(tmp_path: Path) -> Path:
    path = tmp_path / "alignment.json"
    path.write_text(to_json(HELLO), encoding="utf-8")
    return path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_captions_are_written_beside_the_alignment(aligned: Path, capsys: pytest.CaptureFixture[str]) -> None:
    captions(aligned)
    written = [aligned.with_name("captions.en.srt"), aligned.with_name("captions.en.vtt")]
    assert capsys.readouterr() == ("", "".join(f"{path}\n" for path in written))
    assert written[0].read_bytes() == SRT


def test_a_folder_is_made_if_needed(aligned: Path, tmp_path: Path) -> None:
    captions(aligned, output=str(tmp_path / "a" / "b"), formats="csv,textgrid")
    assert names(tmp_path / "a" / "b") == {"alignment.csv", "alignment.TextGrid"}
    assert (tmp_path / "a" / "b" / "alignment.csv").read_bytes() == b"Hello,hello,0.5,1.5\r\n"


def test_the_suffix_of_a_file_names_the_format(aligned: Path, tmp_path: Path) -> None:
    captions(aligned, output=str(tmp_path / "talk.srt"))
    assert (tmp_path / "talk.srt").read_bytes() == SRT


def test_an_alignment_by_gentle_is_english_unless_a_language_is_given(aligned: Path, tmp_path: Path) -> None:
    aligned.write_text('{"transcript": "Hi", "words": []}', encoding="utf-8")
    captions(aligned, output=str(tmp_path / "en"), formats="srt")
    captions(aligned, output=str(tmp_path / "pt"), formats="srt", language="pt-BR")
    assert names(tmp_path / "en") == {"captions.en.srt"}
    assert names(tmp_path / "pt") == {"captions.pt.srt"}


def test_one_format_goes_to_stdout(aligned: Path, capsys: pytest.CaptureFixture[str]) -> None:
    captions(aligned, output="-", formats="vtt")
    assert capsys.readouterr().out.startswith("WEBVTT\n\n1\n00:00:00.500 --> ")
    with pytest.raises(InvalidOptionsError, match="Only one format can go to stdout"):
        captions(aligned, output="-")


@pytest.mark.parametrize("output", ["", "-o"])
def test_the_alignment_is_never_overwritten(aligned: Path, output: str) -> None:
    before = aligned.read_bytes()
    with pytest.raises(InvalidOptionsError, match="the input itself"):
        captions(aligned, output=str(aligned) if output else None, formats="json")
    assert aligned.read_bytes() == before


@pytest.mark.parametrize("content", ["", "[]", '{"words": 3}', "1\n00:00:00,500 --> 00:00:01,500\nHello.\n"])
def test_a_file_that_is_not_an_alignment_is_refused(aligned: Path, content: str) -> None:
    aligned.write_text(content)
    with pytest.raises(InvalidInputError, match="not an alignment"):
        captions(aligned)


def test_a_missing_file_and_an_unknown_format_are_refused(aligned: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="cannot be read"):
        captions(tmp_path / "gone.json")
    with pytest.raises(InvalidOptionsError, match="Output formats are: json, csv"):
        captions(aligned, formats="docx")
    with pytest.raises(InvalidOptionsError, match="names no format"):
        captions(aligned, formats="")


def test_caption_rules_are_a_profile_or_json(aligned: Path, tmp_path: Path) -> None:
    for number, rules in enumerate((None, "bbc", '{"max_lines": 1, "frame_rate": 25}')):
        captions(aligned, output=str(tmp_path / f"{number}.srt"), rules=rules)
    written = [(tmp_path / f"{number}.srt").read_bytes() for number in range(3)]
    assert written[0] == SRT
    assert b"00:00:00,480 --> 00:00:01,520" in written[2]


@pytest.mark.parametrize("rules", ["bcc", "{", '{"lines": 1}', '{"max_lines": 0}', "[1]"])
def test_wrong_caption_rules_are_refused_with_an_example(aligned: Path, rules: str) -> None:
    with pytest.raises(InvalidOptionsError) as caught:
        captions(aligned, output="-", formats="srt", rules=rules)
    assert caught.value.hint
