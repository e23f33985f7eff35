"""From a transcript to tokens: where each stands in the text, and the ways in which it may be said.

A token is what a reader calls a word. Hyphens and dashes part words; web addresses, sums of money, times and
initialisms stay whole. Offsets count code points, so transcript[start:end] is always the token's text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from syncline.speech.pocketsphinx import number_words as numbers
from syncline.speech.pocketsphinx.number_words import Reading

MOST_READINGS = 6
LONGEST_ADDRESS = 200

Known = Callable[[str], bool]  # is this word in the dictionary?


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    start: int
    end: int
    readings: tuple[Reading, ...]  # each a sequence of lower-case words; empty: nothing that could be said


_TLD = r"(?:com|org|net|edu|gov|mil|int|io|ai|co|uk|us|eu|de|fr|ca|au|nz|tv|info|biz|dev|app)"
_APOSTROPHE = "['’‘]"
_PATTERN = re.compile(
    rf"""
    (?P<address>
        (?:https?://|www\.)[^\s<>()\[\]{{}}"“”]+[\w/]
      | [\w.+-]+@[\w-]+(?:\.[\w-]+)+
      | (?<![\w.@/])(?:[a-zA-Z0-9][a-zA-Z0-9-]*\.)+{_TLD}\b(?:/[^\s<>()\[\]"“”]*[\w/])?
    )
  | (?P<initialism> (?<!\w)(?:[^\W\d_]\.){{2,}}(?:[^\W\d_](?!\w))? )
  | (?P<number>
        [$£€¥₹]?\d[\d,]*(?:[.:]\d+)*
        (?: (?:st|nd|rd|th|s|k|K|m|M|bn|b|B|tn)\b | (?:\s?%) )?
        (?![^\W\d_])
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
_ABBREVIATIONS: dict[str, tuple[Reading, ...]] = {
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
_UNITS: dict[str, tuple[Reading, ...]] = {
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
        Token(match.group(), match.start(), match.end(), tuple(readings[:MOST_READINGS]))
        for match in _pieces(transcript)
        for readings in [_distinct(_readings(match, transcript, known))]
    ]


def _pieces(transcript: str) -> Iterator[re.Match[str]]:
    return _PATTERN.finditer(transcript)


def _readings(match: re.Match[str], transcript: str, known: Known) -> list[Reading]:
    text = match.group()
    if match["and"]:
        return [("and",)]
    if match["address"]:
        return _read_address(text, known)
    if match["initialism"]:
        letters = tuple(_plain(text).lower().replace(".", ""))
        return [*_ABBREVIATIONS.get(text.lower().rstrip("."), ()), letters]
    before, after = transcript[: match.start()][-3:], transcript[match.end() : match.end() + 12]
    if match["number"]:
        return _read_number(text, before, after, known)
    return _read_word(text, _follows_number(before), _among_capitals(match, transcript), known)


def _read_number(text: str, before: str, after: str, known: Known) -> list[Reading]:
    if text in numbers.FRACTIONS:
        words = tuple(numbers.FRACTIONS[text].split())
        return [words, ("and", *words)] if before[-1:].isdigit() else [words]
    matched = _NUMBER.fullmatch(text)
    if matched is None:  # digits of another script that int() reads but the pattern's shape does not fit
        return []
    symbol, whole, rest, suffix = matched.groups()
    whole = whole.replace(",", "")
    readings = _read_figure(symbol, whole, rest, suffix, next_word=_first_word(after))
    if re.search(r"(?:^|\s)[-−–]$", before):
        return [(sign, *reading) for reading in readings for sign in ("minus", "negative")]
    return readings


def _read_figure(symbol: str, whole: str, rest: str, suffix: str, *, next_word: str) -> list[Reading]:
    parts = re.split(r"[.:]", rest)[1:]
    suffix = suffix if suffix in numbers.SCALES else suffix.lower()
    if ":" in rest:
        return _read_clock(whole, parts)
    if len(parts) > 1:  # 1.2.3: a version
        return _join_all([whole, *parts], "point") + _join_all([whole, *parts], "dot")
    fraction = parts[0] if parts else ""
    if symbol:
        scale = numbers.SCALES.get(suffix)
        scaled = scale is not None or next_word in numbers.SCALE_WORDS
        sums = numbers.read_money(symbol, whole or "0", fraction, scaled=scaled)
        unit = numbers.CURRENCIES[symbol][0] + "s"
        return [(*reading, scale, unit) for reading in sums] if scale else sums
    if suffix in ("st", "nd", "rd", "th"):
        return numbers.read_ordinal(whole)
    plain = numbers.read_decimal(whole, fraction) if fraction else numbers.read_integer(whole)
    if suffix == "%":
        return [(*reading, "percent") for reading in plain]
    if suffix == "s":
        return numbers.read_decade(whole)
    if suffix in numbers.SCALES:
        spelled = "b" if suffix.startswith("b") else suffix.lower()
        return [
            (*plain[0], numbers.SCALES[suffix]),
            *((*plain[0], *unit) for unit in _UNITS.get(spelled, ((spelled,),))),
        ]
    return plain


def _read_clock(hours: str, parts: list[str]) -> list[Reading]:
    readings = numbers.read_time(hours or "0", parts[0])
    for seconds in parts[1:]:
        readings = [(*reading, *tail) for reading in readings for tail in numbers.read_integer(seconds)[:1]]
    if len(parts) == 1 and int(parts[0]):
        readings += _join_all([hours or "0", parts[0]], "to")  # a score, a ratio
    return readings


def _join_all(figures: list[str], sign: str) -> list[Reading]:
    words: list[str] = []
    for index, figure in enumerate(figures):
        words += [sign] * bool(index) + list(numbers.read_integer(figure or "0")[0])
    return [tuple(words)]


def _read_word(text: str, after_number: bool, among_capitals: bool, known: Known) -> list[Reading]:
    plain = _plain(text).strip("_'")
    lower = plain.lower()
    readings: list[Reading] = []
    if after_number:
        readings += _UNITS.get(lower, ())
    readings += _ABBREVIATIONS.get(lower, ())
    if known(lower):
        readings.append((lower,))
        if not among_capitals and plain.isupper() and 2 <= len(plain) <= 4:
            readings.append(tuple(lower))  # "the US", "an IT job"
        return readings
    if any(character.isdigit() for character in lower):
        return readings + _read_mixed(lower, known)
    letters = re.sub(r"[^a-z']", "", lower).strip("'")
    if not letters:
        return readings
    return readings + _read_unknown(plain, letters, known)


def _read_unknown(plain: str, letters: str, known: Known) -> list[Reading]:
    """A name, a coinage, an acronym: as one word, in its parts, by its letters."""
    readings: list[Reading] = []
    humps = tuple(hump.lower() for hump in _HUMP.findall(plain.replace("_", " ")))
    value = numbers.roman_value(plain)
    if value is not None:
        readings += [numbers.read_integer(str(value))[0], ("the", *numbers.read_ordinal(str(value))[0])]
    as_word: list[Reading] = [(letters,)]
    by_letters: list[Reading] = [tuple(letters.replace("'", ""))] if plain.isupper() and 2 <= len(letters) <= 6 else []
    pronounceable = re.search(r"[aeiouy]", letters) and len(letters) > 3
    readings += as_word + by_letters if pronounceable else by_letters + as_word
    if plain.endswith("s") and plain[:-1].isupper() and len(plain) > 2:  # "CDs", "MPs"
        readings.insert(0, (*letters[:-2], letters[-2] + "'s"))
    if len(humps) > 1 and "".join(humps) == letters:
        readings = [humps, _spell_short(humps, known), *readings]
    return readings


def _spell_short(parts: tuple[str, ...], known: Known) -> Reading:
    return tuple(word for part in parts for word in ([part] if known(part) or len(part) > 3 else list(part)))


def _read_mixed(lower: str, known: Known) -> list[Reading]:
    """ "C9", "B2B", "MP3", "5km": the letters by name or as words, the digits as a number or one by one."""
    parts = _LETTERS_OR_DIGITS.findall(lower)
    as_number: list[str] = []
    by_digits: list[str] = []
    for index, part in enumerate(parts):
        if part.isdigit():
            as_number += numbers.read_integer(part)[0]
            by_digits += numbers.read_digits(part)[0]
            continue
        unit = _UNITS.get(part) if index and len(part) > 1 else None
        said = unit[0] if unit else _spell_short((part.strip("'"),), known)
        as_number += said
        by_digits += said
    readings = [tuple(as_number), tuple(by_digits)]
    if parts and parts[-1] in _UNITS and len(parts) == 2:
        readings += [(*as_number[: -len(parts[-1])], *unit) for unit in _UNITS[parts[-1]] if len(parts[-1]) == 1]
    return [reading for reading in readings if reading]


def _read_address(text: str, known: Known) -> list[Reading]:
    """ "www.example.com" -> "w w w dot example dot com", and without its beginning."""
    plain = _plain(text[:LONGEST_ADDRESS]).lower()
    bare = re.sub(r"^https?://", "", plain)
    readings = [_spell_address(bare, known)]
    if bare.startswith("www."):
        readings.append(_spell_address(bare[4:], known))
    if bare != plain:
        readings.append(_spell_address(plain, known))
    return readings


def _spell_address(address: str, known: Known) -> Reading:
    words: list[str] = []
    for part in re.findall(r"\d+|[a-z]+|[^\da-z]", address.rstrip("/")):
        if part.isdigit():
            words += numbers.read_integer(part)[0]
        elif part in _ADDRESS_SIGNS:
            words.append(_ADDRESS_SIGNS[part])
        elif part.isalpha():
            words += _spell_short((part,), known) if not (part == "org" or known(part)) else [part]
    return tuple(words)


def _plain(text: str) -> str:
    """Without accents and with straight apostrophes."""
    straight = text.replace("’", "'").replace("‘", "'").translate(_NOT_DECOMPOSED)
    decomposed = unicodedata.normalize("NFKD", straight)
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _follows_number(before: str) -> bool:
    return bool(re.search(r"\d\s?°?$", before))


def _first_word(text: str) -> str:
    found = re.match(r"\s?([a-z]+)", text, re.IGNORECASE)
    return found[1].lower() if found else ""


def _among_capitals(match: re.Match[str], transcript: str) -> bool:
    """Shouted text, where capitals say nothing about how a word is spoken."""
    around = transcript[max(0, match.start() - 15) : match.start()] + transcript[match.end() : match.end() + 15]
    letters = [character for character in around if character.isalpha()]
    return bool(letters) and sum(character.isupper() for character in letters) > len(letters) / 2


def _distinct(readings: list[Reading]) -> list[Reading]:
    return list(dict.fromkeys(reading for reading in readings if reading))
