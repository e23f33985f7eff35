from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.speech.whisper.text_matching import match, split_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("L'été, c'est l’été!", ["L'été", "c'est", "l’été"]),
        ("Zwölf-Uhr 3.5", ["Zwölf", "Uhr", "3", "5"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("今日は晴れ。OK", ["今", "日", "は", "晴", "れ", "OK"]),
        ("ที่นี่", ["ที่", "นี่"]),
        ("'quoted'", ["quoted"]),
        ("", []),
    ],
)
def test_words_of_many_scripts(text, words):
    assert [text[part.start : part.stop] for part in split_words(text)] == words


@given(st.text())
def test_words_are_in_order_and_inside_the_text(text):
    ends = [0]
    for part in split_words(text):
        assert ends[-1] <= part.start < part.stop <= len(text)
        ends.append(part.stop)


def test_words_that_one_side_lacks_are_left_out():
    own = ["oggi", "parliamo", "del", "grande", "mare", "e", "delle", "montagne"]
    heard = ["allora", "oggi", "parliamo", "del", "mare", "delle", "montagne", "alte"]
    found = match(own, heard)
    assert [own[index] for index, _ in found] == ["oggi", "parliamo", "del", "mare", "delle", "montagne"]
    assert all(own[one] == heard[other] for one, other in found)


def test_case_and_spelling_may_differ_but_not_with_similar_off():
    assert match(["Città", "colour"], ["città", "color"]) == [(0, 0), (1, 1)]
    assert match(["Città", "colour"], ["città", "color"], similar=False) == [(0, 0)]


def test_a_repeated_phrase_is_matched_in_its_place():
    own = ["il", "mare", "e", "il", "cielo", "e", "il", "mare", "blu"]
    assert match(own, own) == [(index, index) for index in range(len(own))]


@given(st.lists(st.sampled_from("abcd")), st.lists(st.sampled_from("abcd")))
def test_pairs_increase_on_both_sides(own, heard):
    found = match(own, heard)
    assert found == sorted(found)
    assert all(one[1] < other[1] for one, other in pairwise(found))


@pytest.mark.parametrize("own", [["a"] * 200_000, ["a", "b"] * 100_000, [f"w{n}" for n in range(200_000)]])
def test_long_texts_take_little_time(own):
    """The longest transcript that is accepted, against as long a text. This test would not end."""
    assert len(match(own, ["a", "c"] * 100_000)) <= 100_000
