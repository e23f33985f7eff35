import csv
import io
import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from praatio import textgrid

from syncline import text
from syncline.core.alignment import NOT_FOUND_IN_AUDIO, NOT_FOUND_IN_TRANSCRIPT, SUCCESS, Alignment, Phone, Word
from syncline.core.errors import InvalidOptionsError
from syncline.core.formats import NAMES

HELLO = Alignment(
    'Hello, "big" world',
    (
        Word(
            SUCCESS,
            "Hello",
            0.47,
            0.9,
            0,
            5,
            "hello",
            (Phone("hh_B", 0.1), Phone("ah_I", 0.13), Phone("l_E", 0.2)),
            0.97,
        ),
        Word(NOT_FOUND_IN_TRANSCRIPT, "[noise]", 0.9, 1.0, phones=(Phone("oov_S", 0.1),)),
        Word(NOT_FOUND_IN_AUDIO, '"big"', start_offset=7, end_offset=12),
        Word(SUCCESS, "world", 1.25, 1.5, 13, 18, "<unk>", (Phone("oov_S", 0.25),)),
    ),
    {"audio_seconds": 2.0},
)


def render(alignment, name, *, language="en"):
    (content,) = text.render(text.document_of(alignment, language), [name]).values()
    return content


def tiers(text, tmp_path):
    path = tmp_path / "a.TextGrid"
    path.write_text(text, encoding="utf-8", newline="")
    grid = textgrid.openTextgrid(str(path), includeEmptyIntervals=True)
    return {name: [tuple(entry) for entry in grid.getTier(name).entries] for name in grid.tierNames}


@pytest.mark.parametrize("kind", NAMES)
def test_every_output_that_may_be_asked_for_is_rendered(kind):
    assert render(HELLO, kind)


def test_an_unknown_format_is_refused_with_what_is_allowed():
    with pytest.raises(InvalidOptionsError, match="json, csv, srt, vtt, vtt-words"):
        render(HELLO, "docx")


def test_json_is_the_alignment_itself():
    assert json.loads(render(HELLO, "json"))["transcript"] == HELLO.transcript


def test_csv_is_gentle_s_to_the_letter():
    assert render(HELLO, "csv") == 'Hello,hello,0.47,0.9\r\n"""big""",,,\r\nworld,<unk>,1.25,1.5\r\n'


def test_captions_are_cut_by_the_rules_of_the_language():
    words = tuple(Word(SUCCESS, "あ", i, i + 1, i, i + 1) for i in range(40))
    alignment = Alignment("あ" * 40, words)
    assert all(len(line) <= 16 for line in render(alignment, "vtt", language="ja").splitlines() if "あ" in line)


def test_textgrid_tiles_the_recording_with_words_and_phones(tmp_path):
    read = tiers(render(HELLO, "textgrid"), tmp_path)
    assert read["words"] == [
        (0, 0.47, ""), (0.47, 0.9, "Hello"), (0.9, 1.0, "[noise]"),
        (1.0, 1.25, ""), (1.25, 1.5, "world"), (1.5, 2.0, ""),
    ]  # fmt: skip
    assert [label for _, _, label in read["phones"] if label] == ["hh", "ah", "l", "oov", "oov"]
    assert read["phones"][1:4] == [(0.47, 0.57, "hh"), (0.57, 0.7, "ah"), (0.7, 0.9, "l")]


def test_textgrid_of_nothing_is_one_silence_in_each_tier(tmp_path):
    read = tiers(render(Alignment("", (), {"audio_seconds": 1.5}), "textgrid"), tmp_path)
    assert read == {"words": [(0, 1.5, "")], "phones": [(0, 1.5, "")]}


def test_of_words_that_overlap_the_later_is_cut(tmp_path):
    words = (Word(SUCCESS, "a", 0.0, 1.0, 0, 1), Word(SUCCESS, "b", 0.5, 1.5, 2, 3), Word(SUCCESS, "c", 0.6, 0.9, 4, 5))
    assert tiers(render(Alignment("a b c", words), "textgrid"), tmp_path)["words"] == [(0, 1, "a"), (1, 1.5, "b")]


LABELS = st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=12)


@st.composite
def heard_words(draw):
    words, now = [], 0.0
    for label in draw(st.lists(LABELS.filter(str.strip), max_size=8)):
        start = now + draw(st.floats(0, 3))
        now = start + draw(st.floats(0.002, 2))
        durations = draw(st.lists(st.floats(0.001, 1), max_size=4))
        phones = tuple(Phone("ah_I", duration) for duration in durations)
        words.append(Word(SUCCESS, label, start, now, 0, 1, label, phones))
    return words


@given(words=heard_words())
def test_praatio_reads_every_word_back(words, tmp_path_factory):
    read = tiers(render(Alignment("", tuple(words)), "textgrid"), tmp_path_factory.getbasetemp())
    spoken = [label for _, _, label in read["words"] if label]
    assert spoken == [word.word.strip() for word in words]
    for tier in read.values():
        assert all(before[1] == after[0] for before, after in pairwise(tier))


@given(words=heard_words())
def test_a_csv_reader_reads_every_word_back(words):
    rows = list(csv.reader(io.StringIO(render(Alignment("", tuple(words)), "csv"), newline="")))
    assert [row[0] for row in rows] == [word.word for word in words]
    assert [float(row[2]) for row in rows] == [round(word.start, 3) for word in words]
