import pytest

from syncline.cli.captions import captions, captions_text
from syncline.core.alignment import SUCCESS, Alignment, Word, to_json
from syncline.core.errors import InvalidInputError, InvalidOptionsError

HELLO = Alignment("Hello.", (Word(SUCCESS, "Hello", 0.5, 1.5, 0, 5, "hello"),), {"language": "en"})


@pytest.fixture
def aligned(tmp_path):
    path = tmp_path / "alignment.json"
    path.write_text(to_json(HELLO), encoding="utf-8")
    return path


def test_captions_are_written_beside_the_alignment(aligned):
    written = captions(aligned, formats=["srt", "vtt"])
    assert written == [aligned.with_name("captions.en.srt"), aligned.with_name("captions.en.vtt")]
    assert written[0].read_bytes() == b"1\n00:00:00,500 --> 00:00:01,500\nHello.\n\n"


def test_a_folder_is_made_when_asked_for(aligned, tmp_path):
    assert [path.name for path in captions(aligned, formats=["csv", "textgrid"], output=tmp_path / "a" / "b")] == [
        "alignment.csv",
        "alignment.TextGrid",
    ]
    assert (tmp_path / "a" / "b" / "alignment.csv").read_bytes() == b"Hello,hello,0.5,1.5\r\n"


def test_a_result_of_gentle_is_taken_for_english_unless_told(aligned, tmp_path):
    aligned.write_text('{"transcript": "Hi", "words": []}', encoding="utf-8")
    assert captions(aligned, formats=["srt"])[0].name == "captions.en.srt"
    assert captions(aligned, formats=["srt"], language="pt-BR")[0].name == "captions.pt.srt"


def test_one_format_comes_as_text(aligned):
    assert captions_text(aligned, format="vtt").startswith("WEBVTT\n\n1\n00:00:00.500 --> ")


def test_the_alignment_is_never_overwritten(aligned):
    before = aligned.read_bytes()
    with pytest.raises(InvalidOptionsError, match="the alignment itself"):
        captions(aligned, formats=["json"])
    assert aligned.read_bytes() == before


@pytest.mark.parametrize("content", ["", "[]", '{"words": 3}', "1\n00:00:00,500 --> 00:00:01,500\nHello.\n"])
def test_what_is_no_alignment_is_refused(aligned, content):
    aligned.write_text(content)
    with pytest.raises(InvalidInputError, match="not an alignment"):
        captions(aligned, formats=["srt"])


def test_a_missing_file_and_an_unknown_format_are_refused(aligned, tmp_path):
    with pytest.raises(InvalidInputError, match="cannot be read"):
        captions(tmp_path / "gone.json", formats=["srt"])
    with pytest.raises(InvalidOptionsError, match="Output formats are: json, csv"):
        captions(aligned, formats=["docx"])
    with pytest.raises(InvalidOptionsError, match="No format"):
        captions(aligned, formats=[])
