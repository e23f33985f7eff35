"""Spoken forms of written numbers in the languages of the table.

num2words knows the words; the entry of a language says how it writes decimals, thousands, ordinals and dates.
"""

from __future__ import annotations

import re

from syncline.core.spoken_languages import SpokenLanguage
from syncline.speech import g2p
from syncline.speech.pocketsphinx.number_words import LONGEST_NUMBER, SpokenForm, distinct_forms

_SPACES = "\u00a0\u202f '’"
_DATE = re.compile(r"(\d{1,2})([./])(\d{1,2})\2(\d{4}|\d{2})")
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})")


def choices(alternatives: str) -> list[SpokenForm]:
    """ "signor|signore" -> the spoken forms."""
    return [tuple(words.split()) for words in alternatives.split("|") if words]


def forms(figures: str, language: SpokenLanguage, *, ordinal: bool = False) -> list[SpokenForm]:
    """The readings of digits with the signs between them, the likeliest first."""
    if date := _DATE.fullmatch(figures):
        return _date_forms(int(date[1]), int(date[3]), date[4], language)
    plain = figures.translate(str.maketrans("", "", _SPACES))
    whole, sign, fraction = plain.partition(language.decimal_sign)
    if sign and fraction.isdigit() and _is_whole(whole, language):
        return _decimal_forms(_digits(whole), fraction, language)
    if _is_whole(plain, language):
        return integer_forms(_digits(plain), language, ordinal=ordinal)
    parts = [part for part in re.split(r"\D", figures) if part]
    clock = _TIME.fullmatch(figures)
    if clock and int(clock[2]) == 0:
        parts = parts[:1]
    words = [integer_forms(part, language)[0] for part in parts]
    joined = (language.conjunction,) if language.conjunction else ()
    plain_form = tuple(word for part in words for word in part)
    return distinct_forms([plain_form, (*words[0], *joined, *(word for part in words[1:] for word in part))])


def integer_forms(digits: str, language: SpokenLanguage, *, ordinal: bool = False) -> list[SpokenForm]:
    if len(digits) > LONGEST_NUMBER:
        return [tuple(word for digit in digits for word in _words(int(digit), language))]
    value = int(digits)
    found = [_words(value, language, "ordinal")] if ordinal else []
    found.append(_words(value, language))
    if 1100 <= value <= 2099 and language.script == "Latn":  # elsewhere num2words adds the era, or the word for year
        found.append(_words(value, language, "year"))
    if (len(digits) > 1 and digits[0] == "0") or len(digits) > 4:
        found.append(tuple(word for digit in digits for word in _words(int(digit), language)))
    return distinct_forms([form for form in found if form])


def money_forms(figures: str, sign: str, language: SpokenLanguage) -> list[SpokenForm]:
    """ "12,50 €": "dodici euro e cinquanta", "dodici virgola cinquanta euro"."""
    whole, _, cents = figures.partition(language.decimal_sign)
    found: list[SpokenForm] = []
    for name in choices(language.currencies.get(sign, "")):
        if cents.isdigit() and int(cents):
            before, after = forms(whole, language)[0], integer_forms(cents, language)[0]
            joined = (language.conjunction,) if language.conjunction else ()
            found += [(*before, *name, *joined, *after), (*before, *name, *after)]
        found += [(*form, *name) for form in forms(figures, language)]
    return distinct_forms(found)


def _is_whole(text: str, language: SpokenLanguage) -> bool:
    first, *groups = text.split(language.thousands_sign)
    grouped = all(len(group) == 3 and group.isdigit() for group in groups)
    return first.isdigit() and (not groups or (len(first) <= 3 and grouped))


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def _decimal_forms(whole: str, fraction: str, language: SpokenLanguage) -> list[SpokenForm]:
    before = integer_forms(whole, language)[0]
    as_number = integer_forms(fraction, language)[0]
    by_digit = tuple(word for digit in fraction for word in _words(int(digit), language))
    point = choices(language.point)[0] if language.point else ()
    return distinct_forms([(*before, *point, *as_number), (*before, *point, *by_digit), (*before, *as_number)])


def _date_forms(day: int, month: int, year: str, language: SpokenLanguage) -> list[SpokenForm]:
    names = language.months.split()
    name = tuple(names[month - 1].split("_")) if 1 <= month <= len(names) else _words(month, language)
    days = distinct_forms([_words(day, language), _words(day, language, "ordinal") or _words(day, language)])
    years = integer_forms(year, language)
    return [(*first, *name, *last) for first in days for last in years]


def _words(value: int, language: SpokenLanguage, kind: str = "cardinal") -> SpokenForm:
    """Nothing if the language has no words of this kind."""
    from num2words import num2words  # see number_words

    try:
        text = num2words(value, lang=language.number_words, to=kind) if language.number_words else ""
    except (NotImplementedError, ValueError, TypeError, KeyError, IndexError, OverflowError):
        return ()
    if not language.number_words and kind == "cardinal":
        text = g2p.number_words(value, language)
    for spelling, own in language.number_spellings.items():
        text = text.replace(spelling, own)
    return tuple(re.sub(r"[-,]", " ", text).lower().split())
