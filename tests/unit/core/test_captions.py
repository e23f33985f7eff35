import re
import unicodedata
from dataclasses import dataclass, replace
from io import StringIO
from itertools import pairwise

import pysubs2
import pytest
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from syncline.core.alignment import NOT_FOUND_IN_AUDIO, NOT_FOUND_IN_TRANSCRIPT, SUCCESS, Alignment, Word
from syncline.core.captions.layout import Cue, CuePart
from syncline.core.captions.style import CaptionOptions
from syncline.core.formats.srt import render_cues as render_srt
from syncline.core.formats.webvtt import render_cues as render_webvtt
from syncline.core.linebreaks import pieces as cut_pieces
from syncline.core.linebreaks import width
from syncline.text import cues_from_sentences, document_of
from syncline.text.phrases import split_phrases

RULES = CaptionOptions().rules("en")


def cues_from_words(alignment: Alignment, language: str, options: CaptionOptions | None = None) -> list[Cue]:
    return document_of(alignment, language, captions=options).cues


def to_srt(cues):
    return render_srt(cues, "en")


def to_vtt(cues):
    return render_webvtt(cues, "en")


def cue_of(start_ms, end_ms, *lines):
    return Cue(start_ms, end_ms, tuple((CuePart(line, ""),) for line in lines))


def pieces(text: str, language: str, *, columns: int):
    return cut_pieces(text, language, columns=columns, split_phrases=split_phrases)


@dataclass(frozen=True)
class Said:
    text: str
    start: float | None
    end: float | None


def spoken(
    text: str, *, pace: float = 0.3, unheard: frozenset[int] = frozenset(), pauses: dict[int, float] | None = None
):
    """An alignment of `text` in which every word takes `pace` seconds; `pauses` come before the words they name."""
    words, now = [], 0.0
    for index, found in enumerate(re.finditer(r"\w[\w']*", text)):
        now += (pauses or {}).get(index, 0.0)
        place = {"start_offset": found.start(), "end_offset": found.end()}
        if index in unheard:
            words.append(Word(NOT_FOUND_IN_AUDIO, found.group(), **place))
        else:
            words.append(Word(SUCCESS, found.group(), now, now + pace, **place, aligned_word=found.group().lower()))
        now += pace
    return Alignment(text, tuple(words))


def texts(cues):
    return [list(cue.lines) for cue in cues]


def shown(cues):
    return "".join("".join(cue.lines) for cue in cues)


def without_space(text):
    return re.sub(r"[\s\u200b\x00-\x1f\x7f-\x9f]", "", text)


# --- the rules, one by one -----------------------------------------------------------------------------------


def test_two_sentences_that_have_time_to_be_read_get_a_cue_each():
    cues = cues_from_words(spoken("You never know what you will get. The meeting starts at nine."), "en")
    assert texts(cues) == [["You never know what you will get."], ["The meeting starts at nine."]]
    assert (cues[0].start_ms, cues[1].start_ms) == (0, 2100)


def test_two_very_short_sentences_share_a_cue():
    assert texts(cues_from_words(spoken("Yes. No."), "en")) == [["Yes. No."]]


def test_a_long_sentence_breaks_at_its_clause():
    text = "The lighthouse has been empty since the spring, but the light still comes on every evening here."
    assert texts(cues_from_words(spoken(text), "en")) == [
        ["The lighthouse has been", "empty since the spring,"],
        ["but the light still comes", "on every evening here."],
    ]


def test_a_pause_breaks_a_sentence_better_than_a_full_line():
    text = "the old man who lived by the river had never in his life been to the city or seen a train"
    cues = cues_from_words(spoken(text, pauses={6: 1.0}), "en")
    assert " ".join(cues[0].lines) == "the old man who lived by"


def test_a_cue_is_not_left_standing_through_a_long_silence():
    cues = cues_from_words(spoken("Wait for it now here it comes", pauses={4: 20.0}), "en")
    assert texts(cues) == [["Wait for it now"], ["here it comes"]]
    assert cues[0].end_ms < 3000 and cues[1].start_ms == 21_200


def test_a_first_line_ends_at_the_comma_when_both_lines_stay_even():
    cues = cues_from_words(spoken("But now you have heard it, and that counts for something."), "en")
    assert texts(cues) == [["But now you have heard it,", "and that counts for something."]]


def test_a_short_cue_stays_long_enough_to_be_read_when_nothing_follows():
    (cue,) = cues_from_words(spoken("Hi.", pace=0.1), "en")
    assert (cue.start_ms, cue.end_ms, cue.lines) == (0, RULES.shortest_ms, ("Hi.",))


def test_a_cue_never_stays_longer_than_the_longest():
    (cue,) = cues_from_words(spoken("Aaaah", pace=30), "en")
    assert cue.end_ms - cue.start_ms == RULES.longest_ms


def test_cues_in_a_row_leave_a_gap():
    text = "She told him everything that she knew. He wrote it down as fast as he could write."
    first, second = cues_from_words(spoken(text), "en")
    assert second.start_ms - first.end_ms == RULES.gap_ms


def test_a_word_that_was_not_heard_is_still_shown():
    cues = cues_from_words(spoken("We met Quillabree at noon.", unheard=frozenset({2})), "en")
    assert shown(cues) == "We met Quillabree at noon."


def test_unheard_words_take_the_time_between_their_neighbours():
    text = "First it rained. Then everybody ran for the door at once. Then it stopped."
    unheard = frozenset(range(3, 11))
    cues = cues_from_words(spoken(text, unheard=unheard), "en")
    assert texts(cues)[1] == ["Then everybody ran for the door at once."]
    assert 900 <= cues[1].start_ms < cues[1].end_ms <= cues[2].start_ms


def test_unheard_words_are_not_smeared_over_a_minute_of_music():
    alignment = spoken("We sang la la. Then we went.", unheard=frozenset({2, 3}), pauses={4: 60})
    cues = cues_from_words(alignment, "en")
    assert cues[0].end_ms < 5000


def test_no_captions_are_made_up_when_nothing_was_heard():
    assert cues_from_words(spoken("Not one of these.", unheard=frozenset(range(4))), "en") == []


def test_words_from_beside_the_transcript_are_not_shown():
    heard = Word(NOT_FOUND_IN_TRANSCRIPT, "um", 0.5, 0.6)
    alignment = spoken("Well then.")
    assert shown(cues_from_words(Alignment(alignment.transcript, (heard, *alignment.words)), "en")) == "Well then."


def test_one_word_heard_an_hour_late_does_not_drag_the_rest_along():
    alignment = spoken("one two three four five six")
    words = list(alignment.words)
    words[1] = Word(SUCCESS, "two", 3600.0, 3600.2, 4, 7, "two")
    (cue,) = cues_from_words(Alignment(alignment.transcript, tuple(words)), "en")
    assert cue.end_ms < 4000


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -1.0])
def test_impossible_times_count_as_not_heard(seconds):
    words = (Word(SUCCESS, "so", seconds, seconds, 0, 2), Word(SUCCESS, "what", 1.0, 1.5, 3, 7))
    assert shown(cues_from_words(Alignment("so what", words), "en")) == "so what"


def test_a_translation_takes_its_sentence_s_span_and_shares_it_by_length():
    sentence = Said("夜行列車は、線路沿いの家々で誰も目を覚まさないように、汽笛を鳴らさずに駅を出発する。", 10.0, 18.0)
    cues = cues_from_sentences([sentence], "ja")
    assert texts(cues) == [
        ["夜行列車は、線路沿いの家々で", "誰も目を覚まさないように、"],
        ["汽笛を鳴らさずに駅を出発する。"],
    ]
    assert cues[0].start_ms == 10_000
    assert cues[1].start_ms == pytest.approx(10_000 + 8000 * 27 / 42, abs=1)


def test_a_translation_that_takes_longer_to_read_may_run_into_the_silence_after_it():
    cues = cues_from_sentences(
        [Said("Une phrase bien plus longue à lire qu'à dire.", 1.0, 1.5), Said("Oui.", 9, 10)], "fr"
    )
    assert cues[0].end_ms > 3000


def test_a_sentence_without_times_is_shown_between_its_neighbours():
    said = [Said("Un.", 0.0, 1.0), Said("Deux, jamais entendu.", None, None), Said("Trois.", 5.0, 6.0)]
    cues = cues_from_sentences(said, "fr")
    assert texts(cues) == [["Un."], ["Deux, jamais entendu."], ["Trois."]]
    assert cues[0].end_ms <= cues[1].start_ms < cues[1].end_ms <= cues[2].start_ms


def test_no_translated_cue_outlasts_the_recording():
    said = [
        Said("Bref.", 0.0, 1.0),
        Said("Une phrase bien plus longue à lire qu'à dire, et dite en dernier.", 4.0, 5.0),
    ]
    cues = cues_from_sentences(said, "fr", until=5.2)
    assert cues[-1].end_ms == 5200
    assert cues_from_sentences(said, "fr")[-1].end_ms > 5200


def test_unheard_sentences_at_the_very_end_are_made_room_for():
    said = [Said("Un.", 0.0, 5.0), Said("Deux.", None, None), Said("Trois.", None, None)]
    cues = cues_from_sentences(said, "fr", until=5.0)
    assert texts(cues) == [["Un."], ["Deux."], ["Trois."]]
    assert [cue.start_ms for cue in cues] == [0, 4000, 4500]
    assert cues[-1].end_ms == 5000


def test_no_spoken_cue_outlasts_the_recording():
    alignment = spoken("Now listen, this is all there is.", pace=0.1)
    assert cues_from_words(replace(alignment, info={"audio_seconds": 0.95}), "en")[-1].end_ms == 950
    assert cues_from_words(alignment, "en")[-1].end_ms > 950


def test_sentences_without_text_make_no_cue():
    said = [Said("", 0, 1), Said(" \n", 1, 2), Said("\u00a0", 2, 3), Said("Oui \u00a0 non.", 3, 4)]
    assert texts(cues_from_sentences(said, "fr")) == [["Oui non."]]


# --- lines in other scripts ----------------------------------------------------------------------------------


def lines_of(text, language, seconds=60.0):
    return [line for cue in cues_from_sentences([Said(text, 0.0, seconds)], language) for line in cue.lines]


JAPANESE = (
    "彼は「明日は晴れるでしょう。」と言って、傘を置いて出かけたが、駅に着くころには、"
    "もう雨が降りはじめていたので、スーパーマーケットの前でiPhone 15を見ながら待っていた。"
) * 3


def test_japanese_lines_hold_sixteen_full_width_characters():
    lines = lines_of(JAPANESE, "ja")
    assert all(width(line, "ja") <= 32 for line in lines)
    assert max(width(line, "ja") for line in lines) > 24


def test_no_japanese_line_starts_with_a_mark_or_ends_with_an_opening_bracket():
    for line in lines_of(JAPANESE, "ja"):
        assert line[0] not in "、。」ー" and line[-1] != "「"


def test_a_space_before_a_japanese_mark_is_no_place_to_break():
    for line in lines_of("コーヒー「夜行列車は」Windows 、という「 東京」の話を聞いたことがある Linux 。" * 3, "ja"):
        assert line[0] not in "、。」" and line[-1] != "「"


def test_a_latin_word_inside_japanese_is_not_cut():
    assert any("iPhone" in line for line in lines_of(JAPANESE, "ja"))
    assert sum(line.count("iPhone") for line in lines_of(JAPANESE, "ja")) == 3


def test_chinese_breaks_between_words():
    lines = lines_of("今天天气很好，我们一起去北京大学看看吧，然后再去吃一顿非常好吃的晚饭，你觉得怎么样？", "zh")
    assert all(width(line, "zh") <= 32 and line[0] not in "，？" for line in lines)


def test_thai_breaks_between_words_and_never_before_a_vowel_sign():
    lines = lines_of("วันนี้อากาศดีมากเราไปเที่ยวทะเลกันเถอะแล้วเราจะกลับบ้านตอนเย็นเพื่อทำอาหารเย็นด้วยกัน", "th")
    assert len(lines) > 1
    assert all(width(line, "th") <= 35 and unicodedata.category(line[0]) != "Mn" for line in lines)


def test_korean_breaks_at_spaces_only():
    text = "나는 오늘 아침에 일찍 일어나서 공원에서 오랫동안 산책을 하고 돌아왔습니다"
    assert " ".join(lines_of(text, "ko")) == text


@pytest.mark.parametrize("language", ["lo", "km", "my"])
def test_scripts_without_a_model_break_between_visible_characters(language):
    text = {"lo": "ສະບາຍດີ", "km": "ភាសាខ្មែរ", "my": "မြန်မာဘာသာ"}[language] * 20
    lines = lines_of(text, language)
    assert "".join(lines) == text and all(width(line, language) <= 42 for line in lines)
    assert all(unicodedata.category(line[0])[0] != "M" for line in lines)


@pytest.mark.parametrize("mark", ["!", "?", "»", ":", ";", "–"])
def test_a_french_mark_does_not_begin_a_line(mark):
    text = f"{'personne ne se réveille ' * 4}{mark} " * 6
    assert not any(line.startswith(mark) for line in lines_of(text, "fr"))


def test_an_address_stays_whole_however_long():
    address = "https://example.com/" + "a" * 80
    assert address in lines_of(f"Look at {address} today", "en")


def test_a_no_break_space_is_not_broken():
    assert [piece.text for piece in pieces("1\u202f000 km\u00a0!", "fr", columns=42)] == ["1\u202f000", "km\u00a0!"]


@pytest.mark.parametrize(
    ("text", "language", "columns"),
    [
        ("abc", "en", 3),
        ("日本", "ja", 4),
        ("日本", "en", 4),
        ("é" + "e\u0301", "en", 2),
        ("…", "ja", 2),
        ("…", "en", 1),
    ],
)
def test_width(text, language, columns):
    assert width(text, language) == columns


# --- for any text at all -------------------------------------------------------------------------------------

LANGUAGES = st.sampled_from(["en", "fr", "ja", "zh", "ko", "th", "ar", "hi", "km"])
TEXT = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=120),
    st.text(alphabet="ab 。、「」日本語かなー，.!? -–—\n", max_size=200),
    st.lists(
        st.sampled_from(["word", "-->", "<i>", "{b}", "\\N", "&amp;", "日本、", "ไทย", "🙂", "«", "!", "42"]),
        max_size=60,
    ).map(" ".join),
)
SECONDS = st.floats(min_value=0, max_value=5000, allow_nan=False)


@st.composite
def alignments(draw):
    """Words with any times at all, out of order and overlapping too: engines have been seen to give such."""
    text = draw(TEXT)
    words = []
    for found in re.finditer(r"\w+", text):
        heard = draw(st.integers(0, 3))
        place = {"start_offset": found.start(), "end_offset": found.end()}
        if not heard:
            words.append(Word(NOT_FOUND_IN_AUDIO, found.group(), **place))
            continue
        start = draw(SECONDS) if heard == 1 else found.start() * 0.1
        words.append(Word(SUCCESS, found.group(), start, start + draw(st.floats(0, 2)), **place))
    return Alignment(text, tuple(words))


@st.composite
def sentence_lists(draw):
    found = []
    for text in draw(st.lists(TEXT, max_size=5)):
        start = draw(st.none() | SECONDS)
        found.append(Said(text, start, None if start is None else start + draw(st.floats(0, 20))))
    return found


def check(cues, language):
    style = CaptionOptions().rules(language)
    for cue in cues:
        assert 0 <= cue.start_ms < cue.end_ms
        assert 1 <= len(cue.lines) <= 2
        for line in cue.lines:
            assert line.strip() and "\n" not in line
            whole = len(pieces(line, language, columns=style.columns)) == 1
            assert width(line, language) <= style.columns or whole
    for before, after in pairwise(cues):
        assert before.end_ms <= after.start_ms


UNTIL = st.none() | st.floats(100, 6000)


@given(alignments(), LANGUAGES, UNTIL)
def test_cues_from_words_keep_the_rules_and_lose_nothing(alignment, language, until):
    cues = cues_from_words(replace(alignment, info={"audio_seconds": until}), language)
    check(cues, language)
    assert all(until is None or cue.end_ms <= until * 1000 for cue in cues)
    if any(word.aligned for word in alignment.words):
        assert without_space(shown(cues)) == without_space(alignment.transcript)
    else:
        assert cues == []


@given(sentence_lists(), LANGUAGES, UNTIL)
def test_cues_from_sentences_keep_the_rules_and_lose_nothing(said, language, until):
    cues = cues_from_sentences(said, language, until=until)
    check(cues, language)
    assert all(until is None or cue.end_ms <= until * 1000 for cue in cues)
    if any(sentence.start is not None and without_space(sentence.text) for sentence in said):
        assert without_space(shown(cues)) == without_space("".join(sentence.text for sentence in said))
    else:
        assert cues == []


@given(alignments())
def test_webvtt_py_reads_back_what_was_written(alignment):
    cues = cues_from_words(alignment, "en")
    text = to_vtt(cues)
    assert text.count("-->") == len(cues)
    read = webvtt.from_buffer(StringIO(text))
    assert [
        (unescaped(caption.raw_text), milliseconds(caption.start), milliseconds(caption.end)) for caption in read
    ] == [("\n".join(cue.lines), cue.start_ms, cue.end_ms) for cue in cues]


@given(alignments())
def test_pysubs2_reads_back_the_times_that_were_written_to_srt(alignment):
    cues = cues_from_words(alignment, "en")
    read = pysubs2.SSAFile.from_string(to_srt(cues), format_="srt")
    assert [(event.start, event.end) for event in read] == [(cue.start_ms, cue.end_ms) for cue in cues]


def unescaped(text):
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def milliseconds(clock):
    hours, minutes, seconds = clock.split(":")
    return round((int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * 1000)


def test_srt_to_the_letter():
    cues = [cue_of(0, 1234, "Hello,", "world {x} <i>"), cue_of(3_600_000, 360_061_001, "a --> b")]
    assert to_srt(cues) == (
        "1\n00:00:00,000 --> 00:00:01,234\nHello,\nworld {x} <i>\n\n2\n01:00:00,000 --> 100:01:01,001\na → b\n\n"
    )


def test_vtt_to_the_letter():
    assert to_vtt([cue_of(0, 1234, "R&D <b>", "a --> b")]) == (
        "WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.234\nR&amp;D &lt;b&gt;\na --&gt; b\n"
    )


def test_a_cue_that_starts_with_a_speaker_label_starts_with_its_first_word() -> None:
    text = "ALICE: Good morning. Did you sleep well? BOB: Not at all."
    labels = [index for index, word in enumerate(re.findall(r"\w[\w']*", text)) if word in ("ALICE", "BOB")]
    alignment = spoken(text, pauses={index + 1: 4.0 for index in labels})
    unlabelled = tuple(word for index, word in enumerate(alignment.words) if index not in labels)

    cues = cues_from_words(replace(alignment, words=unlabelled), "en")

    assert cues[0].start_ms == round(1000 * (unlabelled[0].start or 0))
    assert cues[-1].start_ms == round(1000 * (unlabelled[6].start or 0))
    assert "BOB" in str(cues[-1])
