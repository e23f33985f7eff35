import pytest

from syncline.speech.pocketsphinx import letter_to_sound as letters
from syncline.speech.pocketsphinx.pronunciations import Pronunciations, shared_pronunciations


@pytest.fixture
def pronunciations() -> Pronunciations:
    return shared_pronunciations()


def test_the_dictionary_comes_first(pronunciations: Pronunciations) -> None:
    assert pronunciations.of("tomato")[0] == ("T", "AH", "M", "EY", "T", "OW")
    assert len(pronunciations.of("the")) > 1


@pytest.mark.parametrize(
    ("word", "sounds"),
    [
        ("colourise", None),
        ("windowsill", None),
        ("lighthousekeeper", "L AY T HH AW S K IY P ER"),
        ("organisers", None),
        ("kubernetes's", None),
        ("zyxorian", None),
        ("o'zyx", None),
    ],
)
def test_every_word_with_letters_has_a_pronunciation(
    pronunciations: Pronunciations, word: str, sounds: str | None
) -> None:
    found = pronunciations.of(word)
    assert found and all(found)
    if sounds:
        assert tuple(sounds.split()) in found


def test_endings_are_said_as_english_has_it(pronunciations: Pronunciations) -> None:
    assert pronunciations._inflected("tomato's")[0][-1] == "Z"
    assert pronunciations._inflected("cat's")[0][-1] == "S"
    assert pronunciations._inflected("church's")[0][-2:] == ("IH", "Z")


def test_contractions_that_the_dictionary_lacks(pronunciations: Pronunciations) -> None:
    assert not pronunciations.known("which'll")
    assert pronunciations.of("which'll") == (("W", "IH", "CH", "AH", "L"),)


def test_words_said_in_passing(pronunciations: Pronunciations) -> None:
    assert ("P", "R", "AA", "L", "IY") in pronunciations.of("probably")
    assert pronunciations.of("probably")[0] == ("P", "R", "AA", "B", "AH", "B", "L", "IY")


def test_no_letters_no_pronunciation(pronunciations: Pronunciations) -> None:
    assert pronunciations.of("'") == ()


def test_letters_to_sounds_are_learnt_from_examples() -> None:
    entries = [
        ("cat", ("K", "AE", "T")),
        ("act", ("AE", "K", "T")),
        ("cab", ("K", "AE", "B")),
        ("tab", ("T", "AE", "B")),
    ]

    table = letters.learn(entries * 2)

    assert table["|c|"] == "K"
    assert table["|b|"] == "B"


def test_sounds_are_shared_out_among_letters_in_order() -> None:
    shares = letters._attribute("box", ("B", "AA", "K", "S"), letters._first_guess)

    assert [sound for share in shares for sound in share] == ["B", "AA", "K", "S"]
    assert len(shares) == 3
