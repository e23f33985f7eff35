"""Split a transcript into tokens, and find the spoken forms of each.

A token is what a reader calls a word. Hyphens and dashes separate words; web addresses, amounts of money, times and
initialisms stay whole. Offsets count code points, so transcript[start:end] is always the token's text.

The patterns, abbreviations, units and signs below are those of English.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from syncline.speech.pocketsphinx import number_words
from syncline.speech.pocketsphinx.number_words import SpokenForm, distinct_forms

MOST_SPOKEN_FORMS = 6
LONGEST_ADDRESS = 200

Known = Callable[[str], bool]  # whether the dictionary has the word


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    start: int
    end: int
    spoken_forms: tuple[SpokenForm, ...]  # most likely first; none if the token cannot be spoken


_TLD = r"(?:com|org|net|edu|gov|mil|int|io|ai|co|uk|us|eu|de|fr|ca|au|nz|tv|info|biz|dev|app)"
_APOSTROPHE = "['’‘]"
# Every alternative takes time linear in the text, whatever the text is: each starts only where a run of its characters
# starts, and possessive quantifiers (++) do not try shorter runs.
_PATTERN = re.compile(
    rf"""
    (?P<address>
        (?:https?://|www\.)[^\s<>()\[\]{{}}"“”]+[\w/]
      | (?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]++)+
      | (?<![\w.@/])(?<![a-zA-Z0-9]-)(?:[a-zA-Z0-9]++(?:-[a-zA-Z0-9]++)*+\.)+{_TLD}\b(?:/[^\s<>()\[\]"“”]*[\w/])?
    )
  | (?P<initialism> (?<!\w)(?:[^\W\d_]\.){{2,}}(?:[^\W\d_](?!\w))? )
  | (?P<number>
        [$£€¥₹]?\d++(?:,\d++)*+(?:[.:]\d++)*+
        (?: (?:st|nd|rd|th|s|k|K|m|M|bn|b|B|tn)\b | (?:\s?%) )?
        (?![^\W\d_])
      | (?:[$£€¥₹]\d++|\d++(?=[,.:]\d))(?:,\d++)*+(?:[.:]\d++)*+
      | [$£€¥₹]?\.\d+
      | [½¼¾⅓⅔]
    )
  | (?P<word> (?:(?<!\w){_APOSTROPHE}(?=(?:tis|twas|em|cause|til|bout|n|round|\d0s)\b))?\w+(?:{_APOSTROPHE}\w+)* )
  | (?P<and> & )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NUMBER = re.compile(r"([$£€¥₹]?)([\d,]*)((?:[.:]\d+)*)\s?(.*)", re.DOTALL)
_LETTERS_OR_DIGITS = re.compile(r"\d+|[a-z']+")
_HUMP = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z']+|[A-Z]")
_NOT_DECOMPOSED = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "œ": "oe", "Œ": "OE", "ł": "l", "Ł": "L"}
    | {"đ": "d", "Đ": "D", "ð": "d", "þ": "th", "Þ": "Th", "ı": "i"}
)
_ABBREVIATIONS: dict[str, tuple[SpokenForm, ...]] = {
    "mr": (("mister",),),
    "mrs": (("missus",), ("mrs",)),
    "dr": (("doctor",), ("drive",)),
    "st": (("saint",), ("street",)),
    "prof": (("professor",), ("prof",)),
    "vs": (("versus",), ("v", "s")),
    "etc": (("etcetera",), ("et", "cetera")),
    "jr": (("junior",),),
    "sr": (("senior",),),
    "no": (("no",), ("number",)),
    "dept": (("department",),),
    "govt": (("government",),),
    "approx": (("approximately",),),
    "e.g": (("for", "example"), ("e", "g")),
    "i.e": (("that", "is"), ("i", "e")),
}
_UNITS: dict[str, tuple[SpokenForm, ...]] = {
    "km": (("kilometers",), ("kilometer",), ("k", "m")),
    "m": (("meters",), ("meter",), ("million",), ("m",)),
    "cm": (("centimeters",), ("centimeter",)),
    "mm": (("millimeters",), ("millimeter",)),
    "kg": (("kilograms",), ("kilos",), ("kilogram",)),
    "g": (("grams",), ("gram",), ("g",)),
    "mg": (("milligrams",),),
    "lb": (("pounds",), ("pound",)),
    "lbs": (("pounds",),),
    "oz": (("ounces",), ("ounce",)),
    "ft": (("feet",), ("foot",)),
    "mi": (("miles",), ("mile",)),
    "mph": (("miles", "per", "hour"), ("miles", "an", "hour"), ("m", "p", "h")),
    "kmh": (("kilometers", "per", "hour"), ("kilometers", "an", "hour")),
    "l": (("liters",), ("liter",)),
    "ml": (("milliliters",), ("m", "l")),
    "s": (("seconds",), ("second",)),
    "ms": (("milliseconds",),),
    "sec": (("seconds",),),
    "min": (("minutes",), ("minute",)),
    "h": (("hours",), ("hour",)),
    "hr": (("hours",), ("hour",)),
    "hrs": (("hours",),),
    "kb": (("kilobytes",), ("k", "b")),
    "mb": (("megabytes",), ("m", "b")),
    "gb": (("gigabytes",), ("gigs",), ("g", "b")),
    "tb": (("terabytes",), ("t", "b")),
    "hz": (("hertz",),),
    "khz": (("kilohertz",),),
    "mhz": (("megahertz",),),
    "ghz": (("gigahertz",),),
    "w": (("watts",),),
    "kw": (("kilowatts",),),
    "c": (("celsius",), ("degrees", "celsius"), ("c",)),
    "f": (("fahrenheit",), ("degrees", "fahrenheit"), ("f",)),
    "am": (("a", "m"),),
    "pm": (("p", "m"),),
    "x": (("times",), ("x",)),
}
_ADDRESS_SIGNS = {".": "dot", "@": "at", "/": "slash", "-": "dash", "_": "underscore", ":": "colon", "+": "plus"}


def tokenize(transcript: str, known: Known) -> list[Token]:
    return [
        Token(match.group(), match.start(), match.end(), tuple(forms[:MOST_SPOKEN_FORMS]))
        for match in _PATTERN.finditer(transcript)
        for forms in [distinct_forms(_spoken_forms(match, transcript, known))]
    ]


def _spoken_forms(match: re.Match[str], transcript: str, known: Known) -> list[SpokenForm]:
    text = match.group()
    if match["and"]:
        return [("and",)]
    if match["address"]:
        return _address_forms(text, known)
    if match["initialism"]:
        letters = tuple(_without_accents(text).lower().replace(".", ""))
        return [*_ABBREVIATIONS.get(text.lower().rstrip("."), ()), letters]
    before, after = transcript[max(0, match.start() - 3) : match.start()], transcript[match.end() : match.end() + 12]
    if match["number"]:
        return _number_forms(text, before, after, known)
    return _word_forms(text, _follows_number(before), _among_capitals(match, transcript), known)


def _number_forms(text: str, before: str, after: str, known: Known) -> list[SpokenForm]:
    if text in number_words.FRACTIONS:
        words = tuple(number_words.FRACTIONS[text].split())
        return [words, ("and", *words)] if before[-1:].isdigit() else [words]
    matched = _NUMBER.fullmatch(text)
    if matched is None:  # cannot happen: _NUMBER matches every text
        return []
    symbol, whole, rest, suffix = matched.groups()
    whole = whole.replace(",", "")
    forms = _figure_forms(symbol, whole, rest, suffix, next_word=_first_word(after))
    if re.search(r"(?:^|\s)[-−–]$", before):
        return [(sign, *form) for form in forms for sign in ("minus", "negative")]
    return forms


def _figure_forms(symbol: str, whole: str, rest: str, suffix: str, *, next_word: str) -> list[SpokenForm]:
    parts = re.split(r"[.:]", rest)[1:]
    suffix = suffix if suffix in number_words.SCALES else suffix.lower()
    if ":" in rest:
        return _clock_forms(whole, parts)
    if len(parts) > 1:  # 1.2.3: a version
        return _joined_form([whole, *parts], "point") + _joined_form([whole, *parts], "dot")
    fraction = parts[0] if parts else ""
    if symbol:
        scale = number_words.SCALES.get(suffix)
        scaled = scale is not None or next_word in number_words.SCALE_WORDS
        sums = number_words.money_forms(symbol, whole or "0", fraction, scaled=scaled)
        unit = number_words.CURRENCIES[symbol][0] + "s"
        return [(*form, scale, unit) for form in sums] if scale else sums
    if suffix in ("st", "nd", "rd", "th"):
        return number_words.ordinal_forms(whole)
    plain = number_words.decimal_forms(whole, fraction) if fraction else number_words.integer_forms(whole)
    if suffix == "%":
        return [(*form, "percent") for form in plain]
    if suffix == "s":
        return number_words.decade_forms(whole)
    if suffix in number_words.SCALES:
        spelled = "b" if suffix.startswith("b") else suffix.lower()
        return [
            (*plain[0], number_words.SCALES[suffix]),
            *((*plain[0], *unit) for unit in _UNITS.get(spelled, ((spelled,),))),
        ]
    return plain


def _clock_forms(hours: str, parts: list[str]) -> list[SpokenForm]:
    forms = number_words.time_forms(hours or "0", parts[0])
    for seconds in parts[1:]:
        forms = [(*form, *tail) for form in forms for tail in number_words.integer_forms(seconds)[:1]]
    if len(parts) == 1 and int(parts[0]):
        forms += _joined_form([hours or "0", parts[0]], "to")  # a score, a ratio
    return forms


def _joined_form(figures: list[str], sign: str) -> list[SpokenForm]:
    words: list[str] = []
    for index, figure in enumerate(figures):
        words += [sign] * bool(index) + list(number_words.integer_forms(figure or "0")[0])
    return [tuple(words)]


def _word_forms(text: str, after_number: bool, among_capitals: bool, known: Known) -> list[SpokenForm]:
    plain = _without_accents(text).strip("_'")
    lower = plain.lower()
    forms: list[SpokenForm] = []
    if after_number:
        forms += _UNITS.get(lower, ())
    forms += _ABBREVIATIONS.get(lower, ())
    if known(lower):
        forms.append((lower,))
        if not among_capitals and plain.isupper() and 2 <= len(plain) <= 4:
            forms.append(tuple(lower))  # "the US", "an IT job"
        return forms
    if any(character.isdigit() for character in lower):
        return forms + _mixed_forms(lower, known)
    letters = re.sub(r"[^a-z']", "", lower).strip("'")
    if not letters:
        return forms
    return forms + _unknown_word_forms(plain, letters, known)


def _unknown_word_forms(plain: str, letters: str, known: Known) -> list[SpokenForm]:
    """A name, a coined word or an acronym: as one word, in its parts, letter by letter."""
    forms: list[SpokenForm] = []
    humps = tuple(hump.lower() for hump in _HUMP.findall(plain.replace("_", " ")))
    value = number_words.roman_value(plain)
    if value is not None:
        forms += [number_words.integer_forms(str(value))[0], ("the", *number_words.ordinal_forms(str(value))[0])]
    spelled = plain.isupper() and 2 <= len(letters) <= 6
    as_word: list[SpokenForm] = [(letters,)]
    by_letters: list[SpokenForm] = [tuple(letters.replace("'", ""))] if spelled else []
    pronounceable = re.search(r"[aeiouy]", letters) and len(letters) > 3
    forms += as_word + by_letters if pronounceable else by_letters + as_word
    if plain.endswith("s") and plain[:-1].isupper() and len(plain) > 2:  # "CDs", "MPs"
        forms.insert(0, (*letters[:-2], letters[-2] + "'s"))
    if len(humps) > 1 and "".join(humps) == letters:
        forms = [humps, _spell_short_parts(humps, known), *forms]
    return forms


def _spell_short_parts(parts: tuple[str, ...], known: Known) -> SpokenForm:
    return tuple(word for part in parts for word in ([part] if known(part) or len(part) > 3 else list(part)))


def _mixed_forms(lower: str, known: Known) -> list[SpokenForm]:
    """ "C9", "B2B", "MP3", "5km": letters by name or as words, digits as a number or one by one."""
    parts = _LETTERS_OR_DIGITS.findall(lower)
    as_number: list[str] = []
    by_digits: list[str] = []
    for index, part in enumerate(parts):
        if part.isdigit():
            as_number += number_words.integer_forms(part)[0]
            by_digits += number_words.digits_forms(part)[0]
            continue
        unit = _UNITS.get(part) if index and len(part) > 1 else None
        words = unit[0] if unit else _spell_short_parts((part.strip("'"),), known)
        as_number += words
        by_digits += words
    forms = [tuple(as_number), tuple(by_digits)]
    if parts and parts[-1] in _UNITS and len(parts) == 2:
        forms += [(*as_number[: -len(parts[-1])], *unit) for unit in _UNITS[parts[-1]] if len(parts[-1]) == 1]
    return [form for form in forms if form]


def _address_forms(text: str, known: Known) -> list[SpokenForm]:
    """ "www.example.com" -> "w w w dot example dot com", and without "www" or the scheme."""
    plain = _without_accents(text[:LONGEST_ADDRESS]).lower()
    bare = re.sub(r"^https?://", "", plain)
    forms = [_spell_address(bare, known)]
    if bare.startswith("www."):
        forms.append(_spell_address(bare[4:], known))
    if bare != plain:
        forms.append(_spell_address(plain, known))
    return forms


def _spell_address(address: str, known: Known) -> SpokenForm:
    words: list[str] = []
    for part in re.findall(r"\d+|[a-z]+|[^\da-z]", address.rstrip("/")):
        if part.isdigit():
            words += number_words.integer_forms(part)[0]
        elif part in _ADDRESS_SIGNS:
            words.append(_ADDRESS_SIGNS[part])
        elif part.isalpha():
            words += _spell_short_parts((part,), known) if not (part == "org" or known(part)) else [part]
    return tuple(words)


def _without_accents(text: str) -> str:
    """Also with straight apostrophes."""
    straight = text.replace("’", "'").replace("‘", "'").translate(_NOT_DECOMPOSED)
    decomposed = unicodedata.normalize("NFKD", straight)
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _follows_number(before: str) -> bool:
    return bool(re.search(r"\d\s?°?$", before))


def _first_word(text: str) -> str:
    found = re.match(r"\s?([a-z]+)", text, re.IGNORECASE)
    return found[1].lower() if found else ""


def _among_capitals(match: re.Match[str], transcript: str) -> bool:
    """Whether the text around is in capitals, so that capitals do not mark an acronym."""
    around = transcript[max(0, match.start() - 15) : match.start()] + transcript[match.end() : match.end() + 15]
    letters = [character for character in around if character.isalpha()]
    return bool(letters) and sum(character.isupper() for character in letters) > len(letters) / 2
