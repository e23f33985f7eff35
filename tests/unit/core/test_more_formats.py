"""The formats of other tools, read back by the tools' own libraries."""

import re
from xml.etree import ElementTree as ET

import pympi
import pysubs2
import pytest
import webvtt
from hypothesis import given, settings
from hypothesis import strategies as st
from praatio import textgrid
from ttconv.imsc import reader as imsc_reader
from ttconv.isd import ISD

from syncline import text
from syncline.core.alignment import NOT_FOUND_IN_AUDIO, SUCCESS, Alignment, Word
from syncline.core.formats.model import Recording
from syncline.core.transcript import read_plain_text

SPOKEN = Alignment(
    "Hello, Zoë again! {x} <b>&\\N done.",
    (
        Word(SUCCESS, "Hello", 0.48, 0.72, 0, 5, "hello", (), 0.98),
        Word(SUCCESS, "Zoë", 0.72, 1.18, 7, 10, "zoë", (), 0.91),
        Word(NOT_FOUND_IN_AUDIO, "again", start_offset=11, end_offset=16),
        Word(SUCCESS, "x", 2.003, 2.4, 19, 20, "x", (), 0.5),
        Word(SUCCESS, "b", 2.5, 2.6, 23, 24, "b", (), 0.5),
        Word(SUCCESS, "N", 2.7, 2.8, 27, 28, "n", (), 0.5),
        Word(SUCCESS, "done", 3.0, 3.5, 29, 33, "done", (), 0.5),
    ),
    {"audio_seconds": 5.0},
)
ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=60)


def render(name, alignment=SPOKEN, **given):
    (content,) = text.render(text.document_of(alignment, "en", **given), [name]).values()
    return content


def alignment_of(transcript):
    """Every run of letters heard, a third of a second each."""
    found = list(re.finditer(r"\w+", transcript))
    words = [
        Word(SUCCESS, item.group(), index / 3, (index + 1) / 3, item.start(), item.end())
        for index, item in enumerate(found)
    ]
    return Alignment(transcript, tuple(words), {"audio_seconds": len(found) / 3 + 1})


def test_vtt_words_stamps_words_and_only_those_that_were_heard(tmp_path):
    written = render("vtt-words")
    path = tmp_path / "a.vtt"
    path.write_text(written, encoding="utf-8")
    assert len(list(webvtt.read(str(path)))) == written.count(" --> ")
    stamps = dict(re.findall(r"<(\d\d:\d\d:\d\d\.\d{3})>([^<\s]+)", written))
    assert stamps["00:00:00.720"] == "Zoë"
    assert stamps["00:00:03.000"] == "done."
    assert "again" not in stamps.values()


@given(ANY_TEXT)
@settings(deadline=None)
def test_stamps_increase_within_their_cue(transcript):
    for block in render("vtt-words", alignment_of(transcript)).split("\n\n")[1:]:
        start, end = re.findall(r"\d\d:\d\d:\d\d\.\d{3}", block)[:2]
        stamps = re.findall(r"<(\d\d:\d\d:\d\d\.\d{3})>", block)
        assert [start, *stamps, end] == sorted({start, *stamps, end})


def test_karaoke_tags_add_up_to_the_words_times():
    script = pysubs2.SSAFile.from_string(render("ass"))
    for event in script.events:
        durations = [int(found) for found in re.findall(r"\{\\k(\d+)\}", event.text)]
        assert sum(durations) * 10 <= event.duration + 10
    first = script.events[0].text
    assert first.startswith(r"{\k24}Hello, {\k")  # the cue starts with the word
    assert r"Zoë again!" in first  # a word that was not heard stays with the one before it


def test_a_pause_before_a_word_is_part_of_the_karaoke_time():
    words = (Word(SUCCESS, "One", 0.0, 0.3, 0, 3), Word(SUCCESS, "two", 1.0, 1.5, 4, 7))
    event = pysubs2.SSAFile.from_string(render("ass", Alignment("One two", words, {"audio_seconds": 4.0}))).events[0]
    assert event.text == r"{\k100}One {\k50}two"


@given(ANY_TEXT)
@settings(deadline=None)
def test_ass_holds_no_markup_of_the_text(transcript):
    for event in pysubs2.SSAFile.from_string(render("ass", alignment_of(transcript))).events:
        rest = re.sub(r"\{\\k\d+\}|\\\{|\\\}|\\N", "", event.text)
        assert "{" not in rest and "}" not in rest
        assert not re.search(r"\\[A-Za-z]", rest)


def paragraphs(document):
    model = imsc_reader.to_model(ET.ElementTree(ET.fromstring(document)))
    return [ISD.from_model(model, time) for time in ISD.significant_times(model)]


def test_ttml_is_read_by_ttconv_with_every_cue():
    written = render("ttml")
    assert 'ttp:contentProfiles="http://www.w3.org/ns/ttml/profile/imsc1.1/text"' in written
    assert len(paragraphs(written)) >= 2
    root = ET.fromstring(written)
    lines = ["\n".join(p.itertext()) for p in root.iter("{http://www.w3.org/ns/ttml}p")]
    assert "Hello, Zoë again!" in lines[0]


@given(ANY_TEXT)
@settings(deadline=None, max_examples=30)
def test_ttml_is_well_formed_whatever_the_text(transcript):
    paragraphs(render("ttml", alignment_of(transcript)))


def test_audacity_labels():
    rows = [line.split("\t") for line in render("audacity").splitlines()]
    assert rows[1] == ["0.720000", "1.180000", "Zoë"]
    assert len(rows) == 6


def test_ctm_names_the_recording_and_has_no_spaces_in_fields():
    rows = [line.split(" ") for line in render("ctm", recording=Recording("my talk.mp3")).splitlines()]
    assert rows[0] == ["my_talk.mp3", "1", "0.480", "0.240", "Hello", "0.980"]
    assert all(len(row) == 6 for row in rows)


def test_elan_reads_its_tiers(tmp_path):
    path = tmp_path / "a.eaf"
    path.write_text(render("eaf", recording=Recording("a&b.mp3")), encoding="utf-8")
    elan = pympi.Elan.Eaf(str(path))
    assert elan.get_annotation_data_for_tier("words")[1][:3] == (720, 1180, "Zoë")
    assert elan.get_annotation_data_for_tier("sentences")[0][:2] == (480, 1180)
    assert elan.media_descriptors[0]["RELATIVE_MEDIA_URL"] == "./a&b.mp3"


@given(ANY_TEXT)
@settings(deadline=None, max_examples=30)
def test_elan_files_are_well_formed_whatever_the_text(transcript):
    root = ET.fromstring(render("eaf", alignment_of(transcript)))
    slots = {slot.get("TIME_SLOT_ID") for slot in root.iter("TIME_SLOT")}
    used = {node.get(f"TIME_SLOT_REF{end}") for node in root.iter("ALIGNABLE_ANNOTATION") for end in (1, 2)}
    assert used <= slots


class TestHtml:
    def test_the_text_is_complete_and_escaped(self):
        page = render("html")
        assert "&lt;" in page and "<b>" not in page
        assert 'data-s="720" data-e="1180">Zoë<' in page
        assert 'class="u" title="not heard in the recording">again<' in page

    @given(ANY_TEXT)
    @settings(deadline=None, max_examples=50)
    def test_every_character_is_there_once(self, transcript):
        main = re.search(r"<main>(.*)</main>", render("html", alignment_of(transcript)), re.DOTALL)[1]
        shown = re.sub(r"<[^>]*>", "", main)
        for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#x27;", "'"), ("&amp;", "&")):
            shown = shown.replace(entity, character)
        assert shown == transcript

    def test_a_small_recording_is_embedded_and_a_large_one_is_beside_it(self):
        small = render("html", recording=Recording("a b.mp3", "audio/mpeg", b"ID3"))
        assert 'src="data:audio/mpeg;base64,SUQz"' in small
        large = render("html", recording=Recording("a b.mp3", "audio/mpeg", bytes((20 << 20) + 1)))
        assert 'src="a%20b.mp3"' in large

    def test_a_video_gets_a_video_player(self):
        assert "<video controls" in render("html", recording=Recording("a.mp4", "video/mp4"))

    def test_a_hostile_name_stays_text(self):
        page = render("html", recording=Recording('"><script>alert(1)</script>.mp3'))
        assert "<script>alert" not in page


@pytest.mark.parametrize("name", ["vtt-words", "ass", "ttml", "audacity", "ctm", "eaf", "html"])
def test_an_empty_alignment_can_be_written(name):
    assert render(name, Alignment("", (), {})) is not None


DIALOGUE = "ALICE: Hello there.\nBOB: Hi.\nALICE: Bye."


def dialogue():
    """-> the alignment, and the sentences with their speakers."""
    said = [("Hello", 0.5), ("there", 0.9), ("Hi", 1.6), ("Bye", 2.4)]
    words = [
        Word(SUCCESS, word, start, start + 0.3, DIALOGUE.index(word), DIALOGUE.index(word) + len(word))
        for word, start in said
    ]
    alignment = Alignment(DIALOGUE, tuple(words), {"audio_seconds": 4.0})
    return alignment, text.split_sentences(read_plain_text(DIALOGUE), words, "en")


def test_sentences_carry_their_speaker_and_leave_out_the_label():
    _, sentences = dialogue()
    assert [(found.speaker, found.text) for found in sentences] == [
        ("ALICE", "Hello there."), ("BOB", "Hi."), ("ALICE", "Bye."),
    ]  # fmt: skip
    assert sentences[1].as_dict()["speaker"] == "BOB"


def test_a_cue_ends_where_the_speaker_changes_and_shows_the_label():
    alignment, sentences = dialogue()
    cues = text.document_of(alignment, "en", sentences=sentences).cues
    assert [cue.lines for cue in cues] == [("ALICE: Hello there.",), ("BOB: Hi.",), ("ALICE: Bye.",)]


def test_textgrid_and_elan_have_tiers_for_each_speaker(tmp_path):
    alignment, sentences = dialogue()
    grid, elan = tmp_path / "a.TextGrid", tmp_path / "a.eaf"
    grid.write_text(render("textgrid", alignment, sentences=sentences), encoding="utf-8")
    elan.write_text(render("eaf", alignment, sentences=sentences), encoding="utf-8")
    assert textgrid.openTextgrid(str(grid), includeEmptyIntervals=False).tierNames == (
        "ALICE - words", "ALICE - phones", "BOB - words", "BOB - phones",
    )  # fmt: skip
    tiers = pympi.Elan.Eaf(str(elan))
    assert set(tiers.get_tier_names()) == {"ALICE - sentences", "BOB - sentences", "ALICE - words", "BOB - words"}
    assert [found[2] for found in tiers.get_annotation_data_for_tier("ALICE - words")] == ["Hello", "there", "Bye"]
