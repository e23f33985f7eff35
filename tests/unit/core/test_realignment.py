"""Which words a correction leaves alone, and which sections it opens."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from syncline.core import realignment
from syncline.core.alignment import NOT_FOUND_IN_AUDIO, NOT_FOUND_IN_TRANSCRIPT, SUCCESS, Alignment, Phone, Word
from syncline.core.confirmed_times import ConfirmedTimes, ConfirmedWord
from syncline.core.realignment import Plan

TEXT = "One two three. Four five six. Seven eight nine. Ten eleven twelve."


def aligned(text: str, *, missing: tuple[str, ...] = ()) -> Alignment:
    """Each word lasts a second."""
    words = tuple(
        Word(NOT_FOUND_IN_AUDIO, found[0], start_offset=found.start(), end_offset=found.end())
        if found[0] in missing
        else Word(SUCCESS, found[0], float(second), second + 1.0, found.start(), found.end(), found[0].lower())
        for second, found in enumerate(re.finditer(r"\w+", text))
    )
    sentences = [{"startOffset": found.start()} for found in re.finditer(r"\w[^.]*\.", text)]
    return Alignment(text, words, {"sentences": sentences})


def plan(text: str, earlier: Alignment, *confirmed: ConfirmedWord, of: str = TEXT) -> Plan:
    return realignment.plan(text, len(earlier.words), earlier=earlier, confirmed=ConfirmedTimes(of, confirmed))


def opened(text: str, found: Plan) -> list[tuple[str, float, float]]:
    return [(text[each.start_offset : each.end_offset].strip(), each.start, each.end) for each in found.sections]


def test_only_the_corrected_sentence_is_aligned_again() -> None:
    text = TEXT.replace("five", "fünf")
    found = plan(text, aligned(TEXT))
    assert opened(text, found) == [(". Four fünf six.", 3.0, 6.0)]
    assert [each.word.word for each in found.pinned] == [
        "One",
        "two",
        "three",
        "Seven",
        "eight",
        "nine",
        "Ten",
        "eleven",
        "twelve",
    ]
    assert all(text[each.start_offset : each.end_offset] == each.word.word for each in found.pinned)


def test_unchanged_words_keep_their_times_after_an_insertion() -> None:
    text = "Zero. " + TEXT
    found = plan(text, aligned(TEXT))
    assert opened(text, found) == [("Zero.", 0.0, 0.0)]
    assert [(each.word.start, each.word.end) for each in found.pinned] == [(n, n + 1.0) for n in range(12)]


def test_a_new_sentence_between_two_others_changes_neither() -> None:
    text = TEXT.replace("Seven", "And more. Seven")
    found = plan(text, aligned(TEXT))
    assert opened(text, found) == [(". And more.", 6.0, 6.0)]
    assert len(found.pinned) == 12


def test_a_deleted_word_opens_its_sentence() -> None:
    text = TEXT.replace("eight ", "")
    assert opened(text, plan(text, aligned(TEXT))) == [(". Seven nine.", 6.0, 9.0)]


def test_a_deleted_sentence_opens_nothing() -> None:
    text = TEXT.replace("Four five six. ", "")
    found = plan(text, aligned(TEXT))
    assert opened(text, found) == []
    assert len(found.pinned) == 9


def test_punctuation_opens_nothing_but_a_symbol_may_be_spoken() -> None:
    silent, spoken = TEXT.replace("two three", "two, (three)"), TEXT.replace("two three", "two & three")
    assert opened(silent, plan(silent, aligned(TEXT))) == []
    assert opened(spoken, plan(spoken, aligned(TEXT))) == [("One two & three.", 0.0, 3.0)]


def test_words_without_times_beside_a_section_get_another_chance() -> None:
    text = TEXT.replace("five", "fünf")
    found = plan(text, aligned(TEXT, missing=("three", "Seven", "eleven")))
    assert opened(text, found) == [("three. Four fünf six. Seven", 2.0, 7.0)]
    assert "eleven" in [each.word.word for each in found.pinned]


def test_words_that_are_only_heard_stay_after_the_word_before() -> None:
    earlier = aligned(TEXT)
    heard = Word(NOT_FOUND_IN_TRANSCRIPT, "uh", 2.9, 3.0)
    earlier = replace(earlier, words=(*earlier.words[:3], heard, *earlier.words[3:]))
    text = TEXT.replace("eight", "acht")
    found = realignment.plan(text, 12.0, earlier=earlier)
    assert found.merged([()])[3] == heard


def test_a_rewritten_text_is_aligned_as_a_whole() -> None:
    text = "Something else entirely. Four five six. And nothing of the old text."
    found = plan(text, aligned(TEXT))
    assert (found.pinned, opened(text, found)) == ((), [(text, 0.0, 12.0)])


def test_without_an_earlier_alignment_everything_is_aligned() -> None:
    found = realignment.plan(TEXT, 12.0)
    assert (found.pinned, opened(TEXT, found)) == ((), [(TEXT, 0.0, 12.0)])


def test_confirmed_times_are_kept_and_their_neighbours_make_room() -> None:
    found = plan(TEXT, aligned(TEXT), ConfirmedWord(20, 24, 3.5, 5.25))  # "five", 4 to 5
    pinned = {each.word.word: (each.word.start, each.word.end) for each in found.pinned}
    assert pinned["five"] == (3.5, 5.25)
    assert opened(TEXT, found) == [(". Four", 3.0, 3.5), ("six.", 5.25, 6.0)]


def test_a_confirmed_word_that_leaves_room_moves_nothing_else() -> None:
    found = plan(TEXT, aligned(TEXT), ConfirmedWord(20, 24, 4.25, 4.75))
    assert opened(TEXT, found) == []
    assert len(found.pinned) == 12


def test_a_confirmed_word_keeps_its_time_when_its_sentence_is_corrected() -> None:
    text = TEXT.replace("Four", "Vier")
    found = plan(text, aligned(TEXT), ConfirmedWord(20, 24, 4.25, 4.75))
    assert opened(text, found) == [(". Vier", 3.0, 4.25), ("six.", 4.75, 6.0)]


def test_confirmed_times_are_anchors_of_a_complete_alignment() -> None:
    found = realignment.plan(TEXT, 12.0, confirmed=ConfirmedTimes(TEXT, (ConfirmedWord(20, 24, 4.25, 4.75),)))
    assert [(start, end) for _, start, end in opened(TEXT, found)] == [(0.0, 4.25), (4.75, 12.0)]


def test_a_confirmed_word_that_was_corrected_is_dropped() -> None:
    text = TEXT.replace("five", "fünf")
    found = plan(text, aligned(TEXT), ConfirmedWord(20, 24, 4.0, 5.0), ConfirmedWord(25, 28, 5.0, 6.0))
    assert found.dropped == 1
    assert "six" in [each.word.word for each in found.pinned]


def test_the_phones_of_a_confirmed_word_fill_its_new_time() -> None:
    earlier = aligned(TEXT)
    spoken = replace(earlier.words[4], phones=(Phone("f", 0.25), Phone("ay", 0.5), Phone("v", 0.25)))
    earlier = replace(earlier, words=(*earlier.words[:4], spoken, *earlier.words[5:]))
    [five] = [each.word for each in plan(TEXT, earlier, ConfirmedWord(20, 24, 4.0, 6.0)).pinned if each.index == 4]
    assert [phone.duration for phone in five.phones] == [0.5, 1.0, 0.5]
    assert five.confidence == 1.0


WORDS = st.sampled_from(
    ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
)
EDITS = st.lists(st.tuples(st.integers(0, 11), st.sampled_from(["", "new", "new words. And"]) | WORDS), max_size=4)


@given(EDITS, st.sets(st.integers(0, 11)), st.data())
@settings(max_examples=300)
def test_whatever_is_corrected_every_word_has_one_place_and_times_rise(
    edits: list[tuple[int, str]], missing: set[int], data: st.DataObject
) -> None:
    before = TEXT.split()
    earlier = aligned(TEXT, missing=tuple(before[index].strip(".") for index in missing))
    after = list(before)
    for index, replacement in edits:
        after[index] = replacement
    text = " ".join(word for word in after if word)
    index = data.draw(st.integers(0, 11))
    word = earlier.words[index]
    start = data.draw(st.floats(0, 11))
    confirmed = ConfirmedWord(word.start_offset or 0, word.end_offset or 0, start, start + 0.5)
    found = plan(text, earlier, confirmed)
    spans = sorted(
        [(each.start_offset, each.end_offset) for each in found.pinned]
        + [(each.start_offset, each.end_offset) for each in found.sections]
    )
    covered = " ".join(text[start:end] for start, end in spans)
    assert re.findall(r"\w+", covered) == re.findall(r"\w+", text)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    timed = [each.word for each in found.pinned if each.word.start is not None]
    assert all((one.end or 0) <= (other.start or 0) for one, other in pairwise(timed))
    assert all(section.start <= section.end for section in found.sections)
