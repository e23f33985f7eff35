import pytest

from syncline.core import lexicon
from syncline.speech.pocketsphinx.acoustic_model import shared_model
from syncline.speech.pocketsphinx.decoding_graph import likeliest_phones
from syncline.speech.pocketsphinx.transcripts import pronounce_transcript


def spoken(text: str, entries: dict[str, list[str]]) -> list[list[str]]:
    """The likeliest phones of each pronunciation of each word."""
    names = shared_model().definition.phones
    pronounced = pronounce_transcript(text, "en", lexicon.check(entries))
    return [[" ".join(names[phone] for phone in likeliest_phones(each)) for each in word] for word in pronounced.words]


@pytest.mark.parametrize(
    ("written", "phones"),
    [("W IH1 N", "W IH N"), ("/wɪn/", "W IH N"), ("win", "W IH N"), ("noo yen", "N UW Y EH N")],
)
def test_a_pronunciation_can_be_written_in_three_ways(written: str, phones: str) -> None:
    assert phones in spoken("Nguyen", {"nguyen": [written]})[0]


def test_the_lexicon_replaces_the_dictionary() -> None:
    assert spoken("Lead", {"lead": ["L EH D"]}) == [["L EH D"]]


def test_a_genitive_has_the_pronunciation_of_its_stem() -> None:
    assert spoken("Nguyen’s and Nguyen's", {"Nguyen": ["W IH N"]})[::2] == [["W IH N Z"], ["W IH N Z"]]


def test_other_words_are_as_they_were() -> None:
    assert spoken("hello world", {"Nguyen": ["W IH N"]}) == spoken("hello world", {})
