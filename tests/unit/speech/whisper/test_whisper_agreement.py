import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.speech.whisper.agreement import (
    Difference,
    Opinion,
    PlacedText,
    PlacedWord,
    compare,
    differences,
    spoken_words,
    unwritten_words,
)

AGREES, SILENT, CONTRADICTS = Opinion.AGREES, Opinion.SILENT, Opinion.CONTRADICTS


def placed(text, start=0.0):
    return [PlacedWord(word, start + index / 2, start + index / 2 + 0.4) for index, word in enumerate(text.split())]


def opinions_on(words, *texts):
    return [verdict.opinion for verdict in compare(words, [PlacedText(*text) for text in texts])]


def test_words_that_whisper_wrote_agree():
    assert opinions_on(placed("The North wind"), ("the north, wind.", 0, 2)) == [AGREES] * 3


def test_a_word_that_whisper_left_out_is_not_contradicted():
    assert sorted(opinions_on(placed("the the north"), ("The north.", 0, 2)), key=list(Opinion).index) == [
        AGREES,
        AGREES,
        SILENT,
    ]


def test_a_word_in_the_place_of_another_is_contradicted():
    assert opinions_on(placed("the blue wind"), ("the north wind", 0, 2)) == [AGREES, CONTRADICTS, AGREES]


def test_figures_and_number_words_agree():
    assert opinions_on(placed("21 birds"), ("Twenty-one birds", 0, 2)) == [AGREES, AGREES]
    assert spoken_words("It’s 3") == ["it's", "three"]


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("1984", "nineteen eighty-four"),
        ("1984", "one thousand nine hundred eighty four"),
        ("nineteen eighty-four", "1984"),
        ("1984", "1984"),
        ("1,000", "a thousand"),
        ("$5", "five dollars"),
        ("third", "3rd"),
        ("50 percent", "50%"),
        ("8:30", "eight thirty"),
        ("1990s", "nineteen nineties"),
        ("5km", "5 km"),
    ],
)
def test_a_figure_agrees_with_each_of_its_readings(written, heard):
    assert set(opinions_on(placed(f"{written} birds"), (f"{heard} birds", 0, 2))) == {AGREES}


def test_a_long_number_is_not_spelled_out():
    assert spoken_words("1" * 100_000) == ["1" * 100_000]


def test_a_word_that_was_written_for_another_part_of_the_recording_does_not_agree():
    assert opinions_on(placed("wind"), ("", 0, 5), ("wind", 60, 65)) == [SILENT]


def test_a_word_close_to_the_border_of_two_chunks_agrees_with_either():
    assert opinions_on(placed("wind", 9.8), ("the north wind", 0, 10), ("blew on", 10, 20)) == [AGREES]


def differences_of(words, *texts):
    return differences(dict(enumerate(compare(words, [PlacedText(*text) for text in texts]))))


def test_words_in_the_place_of_others_differ_together():
    assert differences_of(placed("the north east wind"), ("The blue, wind", 0, 2)) == [Difference(0, 4, 8, (1, 2))]


def test_a_word_that_whisper_left_out_belongs_after_the_word_before_it():
    assert differences_of(placed("north so wind"), ("North, wind", 0, 2)) == [Difference(0, 5, 5, (1,))]
    assert differences_of(placed("so north"), ("North", 0, 2)) == [Difference(0, 0, 0, (0,))]


def test_words_that_agree_with_the_next_chunk_do_not_differ_in_this_one():
    words = placed("the north wind blew", 8.5)
    assert differences_of(words, ("the north", 0, 9.5), ("wind blew", 9.5, 20)) == []


def test_a_word_without_agreement_belongs_to_the_chunk_in_which_it_lies():
    words = placed("so", 10.1)
    assert differences_of(words, ("the north", 0, 10), ("wind", 10, 20)) == [Difference(1, 0, 4, (0,))]


def test_words_far_from_any_chunk_do_not_differ():
    assert differences_of(placed("wind"), ("wind", 60, 65)) == []


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_recognised_is_no_opinion(count):
    assert opinions_on(placed("the wind"), *[("", 0, 2)] * count) == [SILENT, SILENT]


@given(st.text(), st.lists(st.text(), max_size=8), st.text())
def test_any_text_has_one_opinion_for_each_word(transcript, texts, other):
    words = placed(f"{transcript} {other}")
    spans = [PlacedText(text, 10 * index, 10 * index + 10) for index, text in enumerate(texts)]
    assert len(compare(words, spans)) == len(words)


def test_words_that_only_whisper_wrote_are_unwritten():
    texts = [PlacedText("The cold north wind", 0, 5), PlacedText("blew, yes", 5, 9)]
    unwritten = unwritten_words([*placed("the north wind"), *placed("blew", 6)], texts)
    assert {chunk: [word.text for word in words] for chunk, words in unwritten.items()} == {0: ["cold"], 1: ["yes"]}
