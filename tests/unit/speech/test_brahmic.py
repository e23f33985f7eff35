"""Devanagari and Telugu write what is spoken, but for the inherent vowels that Hindi and Marathi leave out."""

import pytest

from syncline.core.spoken_languages import SPOKEN_LANGUAGES
from syncline.speech import brahmic, g2p
from syncline.speech.pocketsphinx.transcripts import pronounce_transcript


@pytest.mark.parametrize(
    ("word", "ipa"),
    [
        ("घर", "ɡʱəɾ"),
        ("सुंदर", "sundəɾ"),
        ("लड़के", "ləɽᵊkeː"),
        ("समझाते", "səmᵊdʒʱaːteː"),
        ("मित्र", "mitɾᵊ"),
        ("ज्ञान", "ɡjaːn"),
        ("में", "meː̃"),
        ("ज़रा", "zəɾaː"),
        ("न", "nə"),
        ("సముద్రం", "samudɾam"),
        ("ఐదు", "ajdu"),
        ("గుర్రం", "ɡuɾɾam"),
        ("abc", ""),
    ],
)
def test_signs_become_ipa(word: str, ipa: str) -> None:
    assert brahmic.ipa(word) == ipa


@pytest.mark.parametrize(
    ("value", "language", "words"),
    [
        (0, "hi", "शून्य"),
        (48, "hi", "अड़तालीस"),
        (1984, "hi", "एक हज़ार नौ सौ चौरासी"),
        (250_000, "hi", "दो लाख पचास हज़ार"),
        (99, "mr", "नव्याण्णव"),
        (12_345_678, "mr", "एक कोटी तेवीस लाख पंचेचाळीस हजार सहा शे अठ्ठ्याहत्तर"),
    ],
)
def test_numbers_have_their_words(value: int, language: str, words: str) -> None:
    assert brahmic.number_words(value, language) == words


@pytest.mark.parametrize("language", ["hi", "mr", "te"])
def test_figures_are_spoken_and_nothing_must_be_installed(language: str) -> None:
    assert g2p.missing(SPOKEN_LANGUAGES[language]) is None
    pronounced = pronounce_transcript("25", language)
    assert len(pronounced.words) == 1
