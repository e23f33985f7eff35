"""Speaker labels, remarks and caption files: what is spoken, by whom, and what stays in the text unspoken."""

import contextlib
import re

import pytest
import webvtt
from hypothesis import given, settings
from hypothesis import strategies as st

from syncline.core.alignment import NOT_FOUND_IN_AUDIO, SUCCESS, Word
from syncline.core.errors import TranscriptError
from syncline.core.transcript import read_captions, read_plain_text
from syncline.core.transcript.retiming import retime, to_srt, to_vtt


def spoken(text):
    return " ".join(read_plain_text(text).spoken_text.split())


def turns(text):
    read = read_plain_text(text)
    return [(turn.speaker, read.text[turn.start : turn.end].strip()) for turn in read.turns]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ALICE: Hello.\nBOB: Hi, Alice.", [("ALICE", "Hello."), ("BOB", "Hi, Alice.")]),
        ("Dr. Smith: Sit down.\nThe patient sat.", [("Dr. Smith", "Sit down.\nThe patient sat.")]),
        (">> Good evening.\n>> MARY: Thanks.", [(None, "Good evening."), ("MARY", "Thanks.")]),
        ("Alice: Hello.\nBob: Hi.\nAlice: Well.", [("Alice", "Hello."), ("Bob", "Hi."), ("Alice", "Well.")]),
        ("Alice: Hello.\nBob: Hi.", [("Alice", "Hello."), ("Bob", "Hi.")]),
        ("[Interviewer] Why?\n[Interviewer] How?", [("Interviewer", "Why?"), ("Interviewer", "How?")]),
        ("SPEAKER 1: One.\nSPEAKER 2: Two.", [("SPEAKER 1", "One."), ("SPEAKER 2", "Two.")]),
        (
            "Q: Why?\nA: Because.\nQ: Really?\nA: Yes.",
            [("Q", "Why?"), ("A", "Because."), ("Q", "Really?"), ("A", "Yes.")],
        ),
        ("Анна: Привет.\nИван: Здравствуй.", [("Анна", "Привет."), ("Иван", "Здравствуй.")]),
    ],
)
def test_labels_are_not_spoken_and_name_the_speaker(text, expected):
    assert turns(text) == expected
    assert spoken(text) == " ".join(" ".join(said.split()) for _, said in expected)


@pytest.mark.parametrize(
    "text",
    [
        "Note: the door was open.",
        "Note: one.\nNote: two.",
        "He said: come in.",
        "There are three things: a hat, a coat and a cat.",
        "At 8:30 we left.",
        "Remember this: never.",
        "Paris: a city of light.",  # one line with one name is no dialogue
        "WARNING: wet paint.",
        "https://example.org/a",
        "Well, (as I said) no.",
    ],
)
def test_what_only_looks_like_a_label_is_spoken(text):
    assert turns(text) == []
    assert spoken(text) == " ".join(text.split())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hello [laughs] there.", "Hello there."),
        ("(applause) Thank you.", "Thank you."),
        ("♪ la la la ♪ And now the news.", "And now the news."),
        ("[MUSIC PLAYING]\nWelcome.", "Welcome."),
        ("An unclosed [bracket stays.", "An unclosed [bracket stays."),
    ],
)
def test_remarks_stay_in_the_text_and_are_not_spoken(text, said):
    assert spoken(text) == said
    assert read_plain_text(text).text == text


@given(st.text(max_size=300))
@settings(deadline=None)
def test_offsets_never_move(text):
    read = read_plain_text(text)
    masked = read.spoken_text
    assert len(masked) == len(text)
    assert all(now in (was, " ") for was, now in zip(text, masked, strict=True))
    assert all(a.end <= b.start for a, b in zip(read.turns, read.turns[1:], strict=False))


SRT = """1
00:00:01,000 --> 00:00:03,000 X1:0
<i>The ferry leaves</i> at nine.

2
00:00:03,500 --> 00:00:05,000
{\\an8}♪ harbour music ♪

3
00:00:06,000 --> 00:00:08,000
- It never waits.
[horn]
"""
VTT = """WEBVTT - a title

NOTE made by hand

STYLE
::cue { color: red }

00:01.000 --> 00:03.000 align:start line:0
<v Mary Ann>The <c.loud>ferry</c> &amp; the pier.

intro
00:00:03.500 --> 00:00:05.000
<v Bob>It waits.
"""


def test_srt_keeps_cues_and_speaks_only_words():
    read = read_captions(SRT)
    assert read.text == "The ferry leaves at nine.\n♪ harbour music ♪\n- It never waits.\n[horn]"
    assert " ".join(read.spoken_text.split()) == "The ferry leaves at nine. - It never waits."
    assert [(cue.start_ms, cue.end_ms) for cue in read.cues] == [(1000, 3000), (3500, 5000), (6000, 8000)]
    assert read.cues[0].lines == ("<i>The ferry leaves</i> at nine.",)


def test_webvtt_voices_are_speakers():
    read = read_captions(VTT)
    assert read.text == "The ferry & the pier.\nIt waits."
    assert [(turn.speaker, read.text[turn.start : turn.end]) for turn in read.turns] == [
        ("Mary Ann", "The ferry & the pier."),
        ("Bob", "It waits."),
    ]
    assert read.speaker_at(5) == "Mary Ann"
    assert read.cues[0].settings == "align:start line:0"


@pytest.mark.parametrize(
    ("document", "message"),
    [("", "no cues"), ("WEBVTT\n\nNOTE nothing", "no cues"), ("1\n00:0x --> 2\nHello", "Line 2 of the caption file")],
)
def test_a_caption_file_without_cues_or_times_is_refused(document, message):
    with pytest.raises(TranscriptError, match=message):
        read_captions(document)


@given(st.text(max_size=300))
@settings(deadline=None)
def test_any_text_as_captions_is_read_or_refused(document):
    try:
        read = read_captions(document)
    except TranscriptError as error:
        assert error.hint
    else:
        assert all(read.text[cue.start : cue.end] for cue in read.cues)


def words_at(read, times):
    """A heard word for each (text, start, end), None times for one that was not heard."""
    found, position = [], 0
    for token, start, end in times:
        position = read.text.index(token, position)
        case = SUCCESS if start is not None else NOT_FOUND_IN_AUDIO
        found.append(Word(case, token, start, end, position, position + len(token)))
        position += len(token)
    return found


def test_cues_come_back_with_corrected_times_and_their_tags(tmp_path):
    read = read_captions(SRT)
    words = words_at(read, [("The", 11.2, 11.4), ("nine", 12.8, 13.1), ("never", 16.4, 16.9), ("waits", 17.0, 17.6)])
    retimed = retime(read.cues, words, until=30.0)
    assert [(cue.start_ms, cue.end_ms) for cue in retimed] == [(11200, 13100), (13800, 15360), (16400, 17600)]
    assert "<i>The ferry leaves</i> at nine." in to_srt(retimed)
    path = tmp_path / "a.vtt"
    path.write_text(to_vtt(retimed), encoding="utf-8")
    assert len(list(webvtt.read(str(path)))) == 3


def test_without_any_heard_word_the_times_stay():
    read = read_captions(SRT)
    words = words_at(read, [("The", None, None)])
    assert [cue.start_ms for cue in retime(read.cues, words, until=None)] == [1000, 3500, 6000]


@given(st.lists(st.one_of(st.none(), st.floats(0, 20)), min_size=3, max_size=3))
def test_corrected_cues_never_end_before_they_start(starts):
    read = read_captions(SRT)
    tokens = ("ferry", "harbour", "never")
    timed = [
        (token, start, None if start is None else start + 0.5) for token, start in zip(tokens, starts, strict=True)
    ]
    for cue in retime(read.cues, words_at(read, timed), until=25.0):
        assert 0 <= cue.start_ms <= cue.end_ms


@pytest.mark.parametrize(
    "character", ["[", "(", "♪", "<", "{\\", ">> ", "A", "A ", "A:", "A. ", "'", "-->", "1:", "\n", ": "]
)
def test_long_runs_take_linear_time(character):
    """A run of 200,000 of each character that a pattern mentions; quadratic patterns would take minutes."""
    text = character * (200_000 // len(character))
    read_plain_text(text)
    document = f"1\n00:00:01,000 --> 00:00:02,000\n{text}"
    assert len(re.sub(r"\s", "", document)) > 10
    with contextlib.suppress(TranscriptError):
        read_captions(document)
