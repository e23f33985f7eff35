import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.speech.pocketsphinx.pronunciations import shared_pronunciations
from syncline.speech.pocketsphinx.tokenizer import Token, tokenize


def tokens_of(text: str) -> list[Token]:
    return tokenize(text, shared_pronunciations().known)


def readings_of(text: str) -> set[str]:
    (token,) = tokens_of(text)
    return {" ".join(reading) for reading in token.readings}


@given(st.text() | st.text(alphabet="aZé1$£%.,:'’-—@/& \n[]{}😀½"))
def test_a_token_is_the_text_between_its_offsets(text: str) -> None:
    end = 0
    for token in tokenize(text, lambda word: word == "a"):
        assert text[token.start : token.end] == token.text
        assert token.start >= end
        assert all(word and word == word.lower() for reading in token.readings for word in reading)
        end = token.end


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("42", "forty two"),
        ("1984", "nineteen eighty four"),
        ("1905", "nineteen oh five"),
        ("2007", "two thousand seven"),
        ("1,250", "one thousand two hundred fifty"),
        ("204", "two oh four"),
        ("12.5", "twelve point five"),
        ("60%", "sixty percent"),
        ("3rd", "third"),
        ("21st", "twenty first"),
        ("8:30", "eight thirty"),
        ("9:05", "nine oh five"),
        ("10:00", "ten o'clock"),
        ("$3.50", "three dollars fifty"),
        ("$1", "one dollar"),
        ("£2.20", "two pounds twenty"),
        ("$5m", "five million dollars"),
        ("1990s", "nineteen nineties"),
        ("½", "a half"),
        ("C9", "c nine"),
        ("MP3", "m p three"),
        ("5km", "five kilometers"),
        ("NASA's", "nasa's"),
        ("XKCD", "x k c d"),
        ("XJTs", "x j t's"),
        ("VIII", "the eighth"),
        ("U.S.A.", "u s a"),
        ("e.g.", "for example"),
        ("PyTorch", "py torch"),
        ("PyTorch", "p y torch"),
        ("Mr", "mister"),
        ("café", "cafe"),
        ("isn’t", "isn't"),
        ("’tis", "tis"),
        ("&", "and"),
        ("www.example.com", "w w w dot example dot com"),
        ("ann@example.org", "ann at example dot org"),
        ("https://example.com/shop", "example dot com slash shop"),
    ],
)
def test_written_forms_are_read_as_people_say_them(text: str, said: str) -> None:
    assert said in readings_of(text)


def test_a_minus_is_said_only_before_a_number_that_stands_alone() -> None:
    assert tokens_of("It is -5 now")[2].readings[0] == ("minus", "five")
    assert tokens_of("pages 4-5")[2].readings[0] == ("five",)


def test_a_scale_word_takes_over_the_currency() -> None:
    assert tokens_of("$5 million")[0].readings[0] == ("five",)


def test_hyphens_dashes_and_brackets_part_words() -> None:
    assert [token.text for token in tokens_of("[Music] TOM: mother-in-law—or not…")] == [
        "Music", "TOM", "mother", "in", "law", "or", "not",
    ]  # fmt: skip


def test_capitals_may_be_letters_but_not_in_shouted_text() -> None:
    assert ("u", "s") in tokens_of("in the US today")[2].readings
    assert ("u", "s") not in tokens_of("JOIN THE US TODAY PLEASE")[2].readings


def test_what_cannot_be_said_has_no_reading() -> None:
    assert tokens_of("東京") == [Token("東京", 0, 2, ())]
