"""Profiles, overrides and frame rates, and what is reported if a cue cannot satisfy them."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncline.core import options
from syncline.core.alignment import SUCCESS, Alignment, Word
from syncline.core.captions.style import FRAME_RATES, PROFILES, CaptionOptions
from syncline.core.captions.violations import find_violations
from syncline.core.errors import InvalidOptionsError
from syncline.text import document_of

TEXT = "The ferry leaves at nine, and it never waits. We ran. Then came the rain, and the whole pier was empty."


def spoken(text, *, pace, pause=0.0):
    words, now, offset = [], 0.0, 0
    for word in text.split(" "):
        words.append(Word(SUCCESS, word.strip(",."), now, now + pace, offset, offset + len(word)))
        offset += len(word) + 1
        now += pace + (pause if word.endswith(".") else 0.0)
    return Alignment(text, tuple(words), {"audio_seconds": now + 10})


def cues_of(alignment, chosen, language="en"):
    return document_of(alignment, language, captions=chosen).cues


def test_netflix_closes_gaps_under_half_a_second_to_two_frames():
    first, second, *_ = cues_of(spoken(TEXT, pace=0.35, pause=0.4), CaptionOptions())
    assert second.start_ms - first.end_ms == 84


def test_a_longer_gap_stays():
    first, second, *_ = cues_of(spoken(TEXT, pace=0.6, pause=3.0), CaptionOptions())
    assert second.start_ms - first.end_ms > 500


def test_bbc_has_shorter_lines_and_counts_words():
    cues = cues_of(spoken(TEXT, pace=0.4), CaptionOptions(profile="bbc"))
    assert max(len(line) for cue in cues for line in cue.lines) <= 37
    violations = find_violations(cues_of(spoken(TEXT, pace=0.1), CaptionOptions(profile="bbc")), PROFILES["bbc"], "en")
    assert {found.rule for found in violations} <= {"words_per_minute", "shortest_seconds"}


def test_three_lines_and_short_ones():
    chosen = CaptionOptions(max_line_chars=20, max_lines=3)
    cues = cues_of(spoken(TEXT, pace=0.35), chosen)
    assert max(len(cue.lines) for cue in cues) == 3
    assert max(len(line) for cue in cues for line in cue.lines) <= 20


def test_one_line_only():
    cues = cues_of(spoken(TEXT, pace=0.35), CaptionOptions(max_lines=1))
    assert {len(cue.lines) for cue in cues} == {1}


def test_characters_of_full_width_languages_count_two_columns():
    assert CaptionOptions(max_line_chars=13, max_chars_per_second=5).rules("ja").columns == 26
    assert CaptionOptions(max_line_chars=13, max_chars_per_second=5).rules("ja").columns_per_second == 10


@given(st.sampled_from(sorted(FRAME_RATES)), st.floats(0.05, 1.5), st.floats(0, 4))
@settings(deadline=None)
def test_cues_start_and_end_on_frames(rate, pace, pause):
    cues = cues_of(spoken(TEXT, pace=pace, pause=pause), CaptionOptions(frame_rate=rate))
    exact = FRAME_RATES[rate]
    for cue in cues:
        for time in (cue.start_ms, cue.end_ms):
            assert abs(round(time * exact / 1000) * 1000 / exact - time) <= Fraction(1, 2)
    assert all(later.start_ms >= earlier.end_ms for earlier, later in pairwise(cues))


def test_a_cue_that_nobody_can_read_in_time_is_reported():
    chosen = CaptionOptions()
    cues = cues_of(Alignment(TEXT, spoken(TEXT, pace=0.05).words, {"audio_seconds": 1.1}), chosen)
    found = find_violations(cues, chosen.rules("en"), "en")
    assert any(violation.rule == "columns_per_second" and violation.limit == 17 for violation in found)
    assert all(1 <= violation.cue <= len(cues) and violation.value != violation.limit for violation in found)


def test_a_word_longer_than_a_line_is_reported():
    address = "https://example.org/" + "a" * 60
    cues = cues_of(spoken(f"See {address} now.", pace=2.0), CaptionOptions())
    (found,) = [each for each in find_violations(cues, PROFILES["netflix"], "en") if each.rule == "line_columns"]
    assert found.value == 80


def test_comfortable_speech_has_no_violations():
    cues = cues_of(spoken(TEXT, pace=0.5, pause=1.0), CaptionOptions())
    assert find_violations(cues, PROFILES["netflix"], "en") == []


@pytest.mark.parametrize(
    ("value", "message", "hint"),
    [
        ("netflix", "is not a JSON object", "profile"),
        ({"profil": "bbc"}, "Did you mean “profile”", "max_lines"),
        ({"profile": "cnn"}, "captions.profile cannot be “cnn”", "netflix, bbc"),
        ({"max_lines": 9}, "captions.max_lines cannot be “9”", "from 1 to 3"),
        ({"max_lines": True}, "captions.max_lines cannot be “True”", "whole number"),
        ({"max_line_chars": 40.5}, "cannot be “40.5”", "whole number"),
        ({"frame_rate": 26}, "captions.frame_rate cannot be “26”", "24, 25, 29.97, 30"),
    ],
)
def test_wrong_rules_are_refused_with_what_is_allowed(value, message, hint):
    with pytest.raises(InvalidOptionsError) as refused:
        options.from_dict({"captions": value})
    assert message in refused.value.message
    assert hint in refused.value.hint


def test_rules_come_from_metadata_too():
    chosen = options.from_metadata({"captions": '{"profile": "bbc", "frame_rate": 29.97}'})
    assert chosen == {"captions": CaptionOptions(profile="bbc", frame_rate="29.97")}
    assert options.from_metadata(options.as_metadata(chosen)) == chosen
