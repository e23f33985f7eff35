import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.speech.pocketsphinx.pronunciations import shared_dictionary
from syncline.speech.pocketsphinx.tokenizer import Token, tokenize


def tokens_of(text: str) -> list[Token]:
    return tokenize(text, shared_dictionary().known)


def spoken_forms_of(text: str) -> set[str]:
    (token,) = tokens_of(text)
    return {" ".join(form) for form in token.spoken_forms}


@given(st.text() | st.text(alphabet="aZé1$£%.,:'’-—@/& \n[]{}😀½"))
def test_a_token_is_the_text_between_its_offsets(text: str) -> None:
    end = 0
    for token in tokenize(text, lambda word: word == "a"):
        assert text[token.start : token.end] == token.text
        assert token.start >= end
        assert all(word and word == word.lower() for form in token.spoken_forms for word in form)
        end = token.end


@pytest.mark.parametrize(
    ("text", "spoken"),
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
        ("15km", "fifteen kilometers"),
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
def test_written_forms_have_the_expected_spoken_form(text: str, spoken: str) -> None:
    assert spoken in spoken_forms_of(text)


def test_a_hyphen_is_a_minus_only_before_a_separate_number() -> None:
    assert tokens_of("It is -5 now")[2].spoken_forms[0] == ("minus", "five")
    assert tokens_of("pages 4-5")[2].spoken_forms[0] == ("five",)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("In 1984, or 1,984,", ["In", "1984", "or", "1,984"]),
        ("at 10:30am", ["at", "10:30", "am"]),
        ("1.5km for $15million", ["1.5", "km", "for", "$15", "million"]),
        ("my-site.example.com--or not", ["my-site.example.com", "or", "not"]),
    ],
)
def test_a_number_or_address_ends_where_a_reader_ends_it(text: str, tokens: list[str]) -> None:
    assert [token.text for token in tokens_of(text)] == tokens


def test_before_a_scale_word_the_currency_is_not_spoken() -> None:
    assert tokens_of("$5 million")[0].spoken_forms[0] == ("five",)


def test_hyphens_dashes_and_brackets_separate_words() -> None:
    assert [token.text for token in tokens_of("[Music] TOM: mother-in-law—or not…")] == [
        "Music", "TOM", "mother", "in", "law", "or", "not",
    ]  # fmt: skip


def test_capitals_may_be_spelled_unless_the_text_around_is_in_capitals() -> None:
    assert ("u", "s") in tokens_of("in the US today")[2].spoken_forms
    assert ("u", "s") not in tokens_of("JOIN THE US TODAY PLEASE")[2].spoken_forms


def test_a_token_that_cannot_be_spoken_has_no_spoken_form() -> None:
    assert tokens_of("東京") == [Token("東京", 0, 2, ())]


@pytest.mark.parametrize(
    "text", ["{0}", "${0}", "${0}.50", "{0}%", "{0}.5", "0.{0}", "$1.{0}", "{0}th", "{0}s", "1/{0}"]
)
def test_a_number_that_python_does_not_convert_is_read_digit_by_digit(text: str) -> None:
    """int() refuses more than 4,300 digits."""
    assert tokens_of(text.format("7" * 5000))
