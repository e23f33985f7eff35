"""Split a transcript into tokens and find their spoken forms, by the rules of a language's entry in the table.

It does for the other languages what tokenizer.py does for English. Offsets count code points.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from syncline.core.spoken_languages import SpokenLanguage
from syncline.speech import g2p
from syncline.speech.g2p import Segmenter
from syncline.speech.pocketsphinx import multilingual_numbers as numbers
from syncline.speech.pocketsphinx.number_words import SpokenForm, distinct_forms
from syncline.speech.pocketsphinx.tokenizer import MOST_SPOKEN_FORMS, Token

LONGEST_ACRONYM = 5
# Combining marks, which \w leaves out: accents, and the vowel signs of Indic scripts.
_MARKS = (
    "\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0c00-\u0c04\u0c3c-\u0c56\u0c62\u0c63\u200c\u200d"
)
_SIGNS = "$£€¥₹₽₴₺"
_UNITS = ("km/h", "°C")
_PATTERN = re.compile(
    rf"""
    (?P<number>
        (?P<sign_before> [{_SIGNS}]\s? )?
        (?P<figures> \d+ (?: [.,:/'’]\d+ | [\u00a0\u202f\ ]\d{{3}}(?!\d) )* )
        (?P<mark> [ºª°] | -?[^\W\d_]{{1,3}}(?!\w) )?
        (?P<sign_after> \s?(?:[%{_SIGNS}]|{"|".join(_UNITS)}) )?
    )
  | (?P<word> \w[\w{_MARKS}]* (?: ['’ʼ][\w{_MARKS}]+ )* ['’]? )
    """,
    re.VERBOSE,
)


# Of text without spaces between words.
_UNSPACED_PATTERN = re.compile(r"(?P<figures>\d+(?:[.,:/]\d+)*)|(?P<word>[^\W\d_]+)")
Reading = tuple[int, int, list[SpokenForm]]  # of transcript[start:end]


def tokenize(transcript: str, language: SpokenLanguage) -> list[Token]:
    segment = g2p.segmenter(language)
    if segment:
        readings = [
            reading
            for match in _UNSPACED_PATTERN.finditer(transcript)
            for reading in _segmented(match, language, segment)
        ]
    else:
        readings = [_reading(match, transcript, language) for match in _PATTERN.finditer(transcript)]
    return [
        Token(transcript[start:end], start, end, tuple(distinct_forms(forms)[:MOST_SPOKEN_FORMS]))
        for start, end, forms in readings
    ]


def _segmented(match: re.Match[str], language: SpokenLanguage, segment: Segmenter) -> Iterator[Reading]:
    if match["word"]:
        for start, end, reading in segment(match["word"]):
            yield match.start() + start, match.start() + end, [(reading,)]
        return
    words = ["".join(form) for form in numbers.forms(match["figures"], language)]
    yield match.start(), match.end(), [tuple(reading for *_, reading in segment(each)) for each in words]


def _reading(match: re.Match[str], transcript: str, language: SpokenLanguage) -> Reading:
    following = transcript[match.end() : match.end() + 1]
    if match["number"]:
        return match.start(), match.end(), _number_forms(match, following, transcript, language)
    word = match.group()
    if word[-1] in "'’" and word[:-1].lower() not in language.elisions:
        word = word[:-1]
    before = transcript[max(0, match.start() - 2) : match.start()]
    return match.start(), match.start() + len(word), _word_forms(word, before, following, language)


def _number_forms(match: re.Match[str], following: str, transcript: str, language: SpokenLanguage) -> list[SpokenForm]:
    sign = (match["sign_before"] or match["sign_after"] or "").strip()
    mark = match["mark"] or ""
    ordinal = mark.lstrip("-") in language.ordinal_marks or (following == "." and "." in language.ordinal_marks)
    forms = numbers.forms(match["figures"], language, ordinal=ordinal)
    if sign == "%":
        return [(*form, *name) for name in numbers.choices(language.percent) for form in forms]
    if sign in _UNITS:
        return [(*form, *unit) for unit in numbers.choices(language.units.get(sign, "")) for form in forms] or forms
    if sign:
        return numbers.money_forms(match["figures"], sign, language) or forms
    if mark and not ordinal:
        units = numbers.choices(language.units.get(mark.lower(), mark.lstrip("-")))
        return [(*form, *unit) for form in forms for unit in units]
    if re.search(r"(?:^|\s)[-−–]$", transcript[max(0, match.start() - 2) : match.start()]) and language.minus:
        return [(*sign, *form) for sign in numbers.choices(language.minus) for form in forms]
    return forms


def _word_forms(word: str, before: str, following: str, language: SpokenLanguage) -> list[SpokenForm]:
    lower = word.lower()
    forms: list[SpokenForm] = []
    if before.strip()[-1:].isdigit():
        forms += numbers.choices(language.units.get(lower, ""))
    if following == "." or lower not in language.needs_dot:
        forms += numbers.choices(language.abbreviations.get(lower, ""))
    forms.append((lower,))
    if word.isupper() and 2 <= len(word) <= LONGEST_ACRONYM:
        forms.append(tuple(lower))
    return forms
