import pytest

from syncline.core.errors import ModelMissingError
from syncline.core.spoken_languages import SPOKEN_LANGUAGES, SpokenLanguage
from syncline.speech import g2p
from syncline.speech.pocketsphinx.pronouncers import pronouncer


def test_a_language_without_its_package_says_what_to_install() -> None:
    language = SpokenLanguage(code="cy", g2p="no_such_group")
    assert g2p.missing(language) == g2p.INSTALL
    with pytest.raises(ModelMissingError) as refused:
        g2p.require(language)
    assert "Welsh" in refused.value.message and "syncline[languages]" in refused.value.hint


def test_english_and_korean_need_nothing() -> None:
    assert g2p.missing(SPOKEN_LANGUAGES["en"]) is g2p.missing(SPOKEN_LANGUAGES["ko"]) is None


def test_the_table_corrects_the_model() -> None:
    """The model reads "à" as the name of the letter, and knows one reading of "att"."""
    pytest.importorskip("g2p2_group_romance", reason="the extra languages is not installed")
    (a,) = {len(pronunciation) for pronunciation in pronouncer("fr").pronounce("à")}
    assert a == 1
    assert len(pronouncer("sv").pronounce("att")) >= 2


def test_what_an_apostrophe_cuts_off_is_spoken_with_the_word() -> None:
    pytest.importorskip("g2p2_group_romance", reason="the extra languages is not installed")
    assert pronouncer("fr").pronounce("l’homme")[0][0] == (("L",),)


def test_every_language_has_a_name_and_something_that_pronounces_it() -> None:
    for code, language in SPOKEN_LANGUAGES.items():
        assert language.code == code and language.name
        assert language.g2p or code == "en"
