import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncline.core.errors import InvalidOptionsError
from syncline.core.languages import ALIASES, CODES, MISNOMERS, NAMES, resolve, resolve_targets


def test_there_are_a_hundred_languages_each_under_its_own_name():
    assert len(CODES) == 100
    assert len(set(NAMES.values())) == 100


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("ja", "ja"), ("pt-BR", "pt"), ("zh-Hans", "zh"), ("zh-Hant-TW", "zh"), ("nb", "no"), ("nn-NO", "no"),
        ("iw", "he"), ("fil", "tl"), ("jpn", "ja"), ("ger", "de"), ("sr_Latn", "sr"), (" EN ", "en"), ("ceb", "ceb"),
    ],
)  # fmt: skip
def test_other_names_of_a_language_are_understood(given, code):
    assert resolve(given) == code


@pytest.mark.parametrize(
    ("given", "near"),
    [
        ("jp", "ja (Japanese)"), ("French", "fr (French)"), ("cn", "zh (Chinese)"), ("ua", "uk (Ukrainian)"),
        ("il", "he (Hebrew)"), ("yue", "zh (Chinese)"), ("Filipino", "tl (Tagalog)"), ("Deutsch", "de (German)"),
    ],
)  # fmt: skip
def test_an_unknown_code_is_refused_with_near_matches(given, near):
    with pytest.raises(InvalidOptionsError) as refusal:
        resolve(given)
    assert refusal.value.code == "unknown_language"
    assert near in refusal.value.message
    assert "zu" in refusal.value.hint


def test_misnomers_propose_a_known_language_and_hide_none():
    assert set(MISNOMERS.values()) <= CODES
    assert not set(MISNOMERS) & (CODES | set(ALIASES))


def test_every_alias_leads_to_a_known_language_and_hides_none():
    assert set(ALIASES.values()) <= CODES
    assert not set(ALIASES) & CODES


@settings(max_examples=30)  # near matches take milliseconds each
@given(st.text(max_size=12))
def test_any_text_is_a_known_language_or_refused(text):
    try:
        assert resolve(text) in CODES
    except InvalidOptionsError as refusal:
        assert refusal.code == "unknown_language"


def test_targets_keep_their_order_and_come_once():
    assert resolve_targets(["pt-BR", "ja", "pt"], source="en-GB") == ["pt", "ja"]


def test_the_spoken_language_is_refused_as_a_target():
    with pytest.raises(InvalidOptionsError, match="already English"):
        resolve_targets(["ja", "en-US"], source="en")
