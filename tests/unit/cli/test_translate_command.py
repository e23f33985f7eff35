import json
import subprocess
import sys
from pathlib import Path

import pytest

from syncline.cli.translate import TranslateRequest, translate_file
from syncline.core import alignment
from syncline.core.alignment import SUCCESS, Alignment, Word
from syncline.core.errors import InvalidInputError, InvalidOptionsError, ModelMissingError

TOY = {"model": "m2m100-toy"}


@pytest.fixture
def text_file(tmp_path):
    path = tmp_path / "talk.txt"
    path.write_text(
        "Hello, world! Life is like a box of chocolates.\n\nThe meeting starts at nine.\n", encoding="utf-8"
    )
    return path


@pytest.fixture
def alignment_file(tmp_path):
    words = (Word(SUCCESS, "Hello", 0.5, 0.9, 0, 5), Word(SUCCESS, "world", 1.0, 1.5, 7, 12))
    path = tmp_path / "alignment.json"
    path.write_text(alignment.to_json(Alignment("Hello, world!", words, {"language": "en"})), encoding="utf-8")
    return path


def test_a_text_is_translated_with_its_paragraphs(text_file, capsys):
    translate_file(TranslateRequest(text_file, ["ja"], **TOY))
    out, err = capsys.readouterr()
    assert out == "こんにちは、世界。人生はチョコレートの箱のようなものだ。\n\n会議は九時に始まります。\n"
    assert "m2m100-toy is a toy" in err


def test_languages_with_spaces_keep_them(text_file, capsys):
    translate_file(TranslateRequest(text_file, ["fr"], **TOY))
    assert capsys.readouterr().out.startswith("Bonjour le monde ! La vie est comme")


def test_json_is_the_translation_document(text_file, capsys):
    translate_file(TranslateRequest(text_file, ["de"], as_json=True, **TOY))
    document = json.loads(capsys.readouterr().out)
    assert (document["from"], document["to"], document["model"]) == ("en", "de", "m2m100-toy")
    assert document["sentences"][0]["translation"] == "Hallo, Welt!"


def test_an_alignment_gives_translations_and_captions_with_its_times(alignment_file, tmp_path):
    translate_file(TranslateRequest(alignment_file, ["ja", "es"], output=str(tmp_path / "out"), **TOY))
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {f"{kind}" for code in ("ja", "es") for kind in
                     (f"translation.{code}.json", f"captions.{code}.srt", f"captions.{code}.vtt")}  # fmt: skip
    captions = (tmp_path / "out/captions.ja.srt").read_text(encoding="utf-8")
    assert "00:00:00,500 -->" in captions
    assert "こんにちは、世界。" in captions


@pytest.mark.parametrize(
    ("name", "start"),
    [("ja.srt", "1\n00:00:00,500 -->"), ("ja.vtt", "WEBVTT"), ("ja.json", "{"), ("ja.txt", "こんにちは、世界。\n")],
)
def test_the_suffix_of_a_file_names_what_is_written(alignment_file, tmp_path, capsys, name, start):
    translate_file(TranslateRequest(alignment_file, ["ja"], output=str(tmp_path / "out" / name), **TOY))
    assert (tmp_path / "out" / name).read_text(encoding="utf-8").startswith(start)
    assert [path.name for path in (tmp_path / "out").iterdir()] == [name]


def test_a_text_has_no_captions_and_the_input_is_not_overwritten(text_file):
    with pytest.raises(InvalidOptionsError, match="no times"):
        translate_file(TranslateRequest(text_file, ["ja"], output="talk.srt", model="not-even-a-model"))
    with pytest.raises(InvalidOptionsError, match="the input itself"):
        translate_file(TranslateRequest(text_file, ["ja"], output=str(text_file), model="not-even-a-model"))


def test_the_language_of_a_text_can_be_named(tmp_path, capsys):
    (tmp_path / "gift.txt").write_text("Gift", encoding="utf-8")
    translate_file(TranslateRequest(tmp_path / "gift.txt", ["ja"], source="de-AT", **TOY))
    assert capsys.readouterr().out == "毒\n"


@pytest.mark.parametrize(
    ("to", "message"),
    [(["ja", "fr"], "Only one language"), (["en"], "English"), (["jp"], "Did you mean ja"), ([], "No target language")],
)
def test_a_contradictory_request_is_refused(text_file, to, message):
    with pytest.raises(InvalidOptionsError, match=message):
        translate_file(TranslateRequest(text_file, to, **TOY))


def test_a_missing_file(tmp_path):
    with pytest.raises(InvalidInputError, match="cannot be read: No such file"):
        translate_file(TranslateRequest(tmp_path / "nothing.txt", ["ja"], **TOY))


@pytest.mark.parametrize("text", ["", " \n", "😀 🇯🇵", "12 + 30"])
def test_blanks_numbers_and_symbols_are_unchanged(tmp_path, capsys, text):
    (tmp_path / "marks.txt").write_text(text, encoding="utf-8")
    translate_file(TranslateRequest(tmp_path / "marks.txt", ["ja"], **TOY))
    assert capsys.readouterr().out == text.strip() + "\n"


def test_a_folder_that_cannot_be_written_is_refused_before_the_work(text_file, tmp_path):
    with pytest.raises(InvalidInputError, match=r"Cannot write to .*: Not a directory"):
        translate_file(TranslateRequest(text_file, ["ja"], output=str(text_file / "out"), model="not-even-a-model"))


def test_captions_end_with_the_recording(alignment_file, tmp_path):
    aligned = alignment.from_json(alignment_file.read_bytes())
    ended = Alignment(aligned.transcript, aligned.words, {"language": "en", "audio_seconds": 1.6})
    alignment_file.write_text(alignment.to_json(ended), encoding="utf-8")
    translate_file(TranslateRequest(alignment_file, ["ja"], output=str(tmp_path), **TOY))
    assert "--> 00:00:01,600" in (tmp_path / "captions.ja.srt").read_text(encoding="utf-8")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_behind_stdout_is_an_error_message(text_file, unbuffered, monkeypatch):
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)  # with a buffer, it is noticed at the end only
    with Path("/dev/full").open("w") as full:
        command = [
            sys.executable,
            "-c",
            "from syncline.cli import main; main()",
            "translate",
            str(text_file),
            "--to",
            "ja",
            "--model",
            "m2m100-toy",
        ]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert "syncline: No space left on device." in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ('{"from": "en", "to": "fr", "sentences": []}', "neither a transcript nor words"),
        ('{"transcript": "\\ud800 hello", "words": []}', "lone surrogate"),
    ],
)
def test_a_json_file_that_is_not_an_alignment_is_refused(tmp_path, document, message):
    (tmp_path / "some.json").write_text(document, encoding="utf-8")
    with pytest.raises(InvalidInputError, match=message):
        translate_file(TranslateRequest(tmp_path / "some.json", ["ja"], **TOY))


def test_an_alignment_that_names_no_language_is_english(tmp_path, capsys):
    (tmp_path / "some.json").write_text('{"transcript": "Gift", "words": [], "syncline": {"language": null}}')
    translate_file(TranslateRequest(tmp_path / "some.json", ["ja"], **TOY))
    assert capsys.readouterr().out == "贈り物\n"


def test_a_missing_model_names_the_way_to_it(text_file, tmp_path):
    with pytest.raises(ModelMissingError, match="syncline models fetch m2m100-418m"):
        translate_file(TranslateRequest(text_file, ["ja"], models=tmp_path))
