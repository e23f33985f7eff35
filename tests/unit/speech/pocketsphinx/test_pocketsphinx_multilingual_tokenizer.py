from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.core.spoken_languages import SPOKEN_LANGUAGES
from syncline.speech.pocketsphinx.multilingual_tokenizer import tokenize

WITH_SPACES = sorted(SPOKEN_LANGUAGES.keys() - {"ja", "zh"})


@given(st.text(), st.sampled_from(WITH_SPACES))
def test_a_token_is_the_text_between_its_offsets(text: str, code: str) -> None:
    tokens = tokenize(text, SPOKEN_LANGUAGES[code])
    assert all(text[token.start : token.end] == token.text for token in tokens)
    assert all(before.end <= after.start for before, after in pairwise(tokens))


@pytest.mark.parametrize(
    ("language", "text", "spoken"),
    [
        ("it", "1984", "millenovecentottantaquattro"),
        ("it", "1.200", "milleduecento"),
        ("it", "3,5", "tre virgola cinque"),
        ("it", "12,50 €", "dodici euro e cinquanta"),
        ("it", "€ 12,50", "dodici euro e cinquanta"),
        ("it", "20%", "venti per cento"),
        ("it", "il 3° piano", "terzo"),
        ("it", "12/05/2024", "dodici maggio duemilaventiquattro"),
        ("it", "90 km/h", "novanta chilometri all'ora"),
        ("it", "5 km", "chilometri"),
        ("it", "sig. Rossi", "signor"),
        ("it", "l’amico", "l’amico"),
        ("it", "È", "è"),
        ("fr", "12 500", "douze mille cinq cents"),
        ("fr", "le 1er mai", "premier"),
        ("de", "3. Mai", "dritte"),
        ("de", "1984", "neunzehnhundertvierundachtzig"),
        ("de", "12.05.2024", "zwölf mai zweitausendvierundzwanzig"),
        ("ru", "5 км", "километров"),
        ("ru", "20%", "двадцать процентов"),
        ("hr", "1000", "jedna tisuća"),
        ("ko", "1984년", "천구백팔십사 년"),
    ],
)
def test_written_forms_have_the_expected_spoken_form(language: str, text: str, spoken: str) -> None:
    tokens = tokenize(text, SPOKEN_LANGUAGES[language])
    assert spoken in [" ".join(form) for token in tokens for form in token.spoken_forms]


def test_an_abbreviation_that_is_a_word_counts_before_a_full_stop_only() -> None:
    (abbreviation,) = tokenize("es.", SPOKEN_LANGUAGES["it"])
    (word,) = tokenize("es", SPOKEN_LANGUAGES["it"])
    assert ("esempio",) in abbreviation.spoken_forms
    assert word.spoken_forms == (("es",),)
