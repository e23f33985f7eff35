import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.speech.whisper.agreement import Opinion, PlacedText, PlacedWord, compare, spoken_words

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


def test_similar_spellings_agree():
    assert opinions_on(placed("the colour grey"), ("the color gray", 0, 2)) == [AGREES] * 3


def test_figures_and_number_words_agree():
    assert opinions_on(placed("21 birds"), ("Twenty-one birds", 0, 2)) == [AGREES, AGREES]
    assert spoken_words("It’s 3") == ["it's", "three"]


def test_a_word_that_was_written_for_another_part_of_the_recording_does_not_agree():
    assert opinions_on(placed("wind"), ("", 0, 5), ("wind", 60, 65)) == [SILENT]


def test_a_word_close_to_the_border_of_two_chunks_agrees_with_either():
    assert opinions_on(placed("wind", 9.8), ("the north wind", 0, 10), ("blew on", 10, 20)) == [AGREES]


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_recognised_is_no_opinion(count):
    assert opinions_on(placed("the wind"), *[("", 0, 2)] * count) == [SILENT, SILENT]


@given(st.text(), st.lists(st.text(), max_size=8), st.text())
def test_any_text_has_one_opinion_for_each_word(transcript, texts, other):
    words = placed(f"{transcript} {other}")
    spans = [PlacedText(text, 10 * index, 10 * index + 10) for index, text in enumerate(texts)]
    assert len(compare(words, spans)) == len(words)
