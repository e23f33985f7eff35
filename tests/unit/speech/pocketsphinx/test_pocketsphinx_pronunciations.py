import pytest

from syncline.speech.pocketsphinx.pronunciations import PronunciationDictionary, shared_dictionary


@pytest.fixture
def dictionary() -> PronunciationDictionary:
    return shared_dictionary()


def test_the_dictionary_comes_first(dictionary: PronunciationDictionary) -> None:
    assert dictionary.pronounce("tomato")[0] == ("T", "AH", "M", "EY", "T", "OW")
    assert len(dictionary.pronounce("the")) > 1


@pytest.mark.parametrize(
    ("word", "phones"),
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
    dictionary: PronunciationDictionary, word: str, phones: str | None
) -> None:
    found = dictionary.pronounce(word)
    assert found and all(found)
    if phones:
        assert tuple(phones.split()) in found


def test_the_plural_ending_assimilates_to_the_last_phone(dictionary: PronunciationDictionary) -> None:
    assert dictionary.pronounce("hedgehog's")[0][-1] == "Z"
    assert dictionary.pronounce("teapot's")[0][-1] == "S"
    assert dictionary.pronounce("ostrich's")[0][-2:] == ("IH", "Z")


def test_contractions_that_the_dictionary_lacks(dictionary: PronunciationDictionary) -> None:
    assert not dictionary.known("which'll")
    assert dictionary.pronounce("which'll") == (("W", "IH", "CH", "AH", "L"),)


def test_reduced_pronunciations_come_last(dictionary: PronunciationDictionary) -> None:
    assert ("P", "R", "AA", "L", "IY") in dictionary.pronounce("probably")
    assert dictionary.pronounce("probably")[0] == ("P", "R", "AA", "B", "AH", "B", "L", "IY")


def test_a_word_without_letters_has_no_pronunciation(dictionary: PronunciationDictionary) -> None:
    assert dictionary.pronounce("'") == ()
