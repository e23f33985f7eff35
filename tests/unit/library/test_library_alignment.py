from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from syncline import Alignment, InvalidInputError, InvalidOptionsError, Word, translate

GENTLE = {
    "transcript": "ALICE: Hello, world!\nBOB: Good morning to you all.",
    "words": [
        {"case": "success", "word": "Hello", "start": 0.5, "end": 0.9, "startOffset": 7, "endOffset": 12},
        {"case": "success", "word": "world", "start": 1.0, "end": 1.5, "startOffset": 14, "endOffset": 19},
        {"case": "success", "word": "Good", "start": 2.0, "end": 2.5, "startOffset": 26, "endOffset": 30},
    ],
}


@pytest.fixture
def aligned() -> Alignment:
    return Alignment.from_json(json.dumps(GENTLE))


def test_an_alignment_is_read_with_its_sentences_and_speakers(aligned: Alignment) -> None:
    assert aligned.language == "en"
    assert [(sentence.speaker, sentence.start) for sentence in aligned.sentences] == [("ALICE", 0.5), ("BOB", 2.0)]
    assert aligned.words[0] == Word("success", "Hello", 0.5, 0.9, 7, 12)
    with pytest.raises(dataclasses.FrozenInstanceError):
        aligned.transcript = ""  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("talk.srt", "1\n00:00:0"), ("talk.SRT", "1\n"), ("talk.words.vtt", "WEBVTT"), ("talk.json", "{"),
        ("talk.TextGrid", "File type"), ("talk.html", "<!doctype html>"), ("talk.labels.txt", "0.5"),
    ],
)  # fmt: skip
def test_the_suffix_names_what_is_written(aligned: Alignment, tmp_path: Path, name: str, start: str) -> None:
    aligned.write(tmp_path / name)
    assert (tmp_path / name).read_text("utf-8").lower().startswith(start.lower())


def test_what_was_written_is_read_again(aligned: Alignment, tmp_path: Path) -> None:
    aligned.write(tmp_path / "talk.json")
    assert Alignment.read(tmp_path / "talk.json") == aligned


def test_caption_rules_are_an_argument(aligned: Alignment) -> None:
    rules = {"max_line_chars": 12, "max_lines": 1}
    assert len(aligned.to_srt(captions=rules).split("\n\n")) > len(aligned.to_srt().split("\n\n"))
    assert aligned.caption_violations(captions={"max_chars_per_second": 60}) == []
    [violation] = aligned.caption_violations()
    assert (violation["cue"], violation["rule"]) == (2, "columns_per_second")
    with pytest.raises(InvalidOptionsError, match="max_line_chars"):
        aligned.to_srt(captions={"max_line_chars": 1000})


def test_a_name_without_a_format_is_refused(aligned: Alignment, tmp_path: Path) -> None:
    with pytest.raises(InvalidOptionsError, match="names no format"):
        aligned.write(tmp_path / "talk.docx")
    with pytest.raises(InvalidOptionsError, match=r"was no \.srt file"):
        aligned.write(tmp_path / "talk.retimed.srt")


def test_the_inputs_are_not_overwritten(aligned: Alignment, tmp_path: Path) -> None:
    source = tmp_path / "talk.srt"
    source.write_text("mine")
    with pytest.raises(InvalidOptionsError, match="the input itself"):
        dataclasses.replace(aligned, transcript_file=source).write(source)
    assert source.read_text() == "mine"


@pytest.mark.parametrize("document", ["[]", "{", '{"words": [1]}'])
def test_what_is_no_alignment_is_refused(document: str) -> None:
    with pytest.raises(InvalidInputError, match="not an alignment"):
        Alignment.from_json(document)


def test_a_translation_has_the_times_of_the_sentences(aligned: Alignment, tmp_path: Path) -> None:
    found = translate(aligned, to="fr", model="m2m100-toy")
    assert found.sentences[0].text == "Bonjour le monde !"
    assert (found.sentences[0].start, found.language, found.model) == (0.5, "fr", "m2m100-toy")
    assert "00:00:00,500 -->" in found.to_srt()
    found.write(tmp_path / "talk.fr.vtt")
    assert (tmp_path / "talk.fr.vtt").read_text("utf-8") == found.to_vtt()
    document = json.loads(found.to_json())
    assert (document["to"], [entry["speaker"] for entry in document["sentences"]]) == ("fr", ["ALICE", "BOB"])


def test_a_text_is_translated_without_times() -> None:
    found = translate("Hello, world!", to=["ja", "fr"], model="m2m100-toy")
    assert found["ja"].text == "こんにちは、世界。\n"
    assert found["fr"].text == "Bonjour le monde !\n"
    with pytest.raises(InvalidOptionsError, match="no times"):
        found["ja"].to_srt()
    with pytest.raises(InvalidOptionsError, match="names no format"):
        found["ja"].write("talk.TextGrid")
