"""How written numbers are said aloud: several readings each, since nobody knows which one the speaker chose."""

from __future__ import annotations

import re
from functools import lru_cache

from num2words import num2words

Reading = tuple[str, ...]

CURRENCIES = {
    "$": ("dollar", "cents"),
    "£": ("pound", "pence"),
    "€": ("euro", "cents"),
    "¥": ("yen", ""),
    "₹": ("rupee", "paise"),
}
SCALES = {
    "k": "thousand",
    "K": "thousand",
    "m": "million",
    "M": "million",
    "bn": "billion",
    "b": "billion",
    "B": "billion",
    "tn": "trillion",
}
SCALE_WORDS = frozenset({"hundred", "thousand", "million", "billion", "trillion"})
FRACTIONS = {
    "½": "a half",
    "¼": "a quarter",
    "¾": "three quarters",
    "⅓": "a third",
    "⅔": "two thirds",
}
LONGEST_NUMBER = 15  # digits; longer ones are only ever spelled out
_ROMAN = re.compile(r"M{0,3}(CM|CD|D?C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def read_integer(digits: str) -> list[Reading]:
    """ "1984" -> as a number, as a year, digit by digit; the likeliest first."""
    value = int(digits)
    if len(digits) > LONGEST_NUMBER:
        return read_digits(digits)
    readings = [] if digits[0] == "0" and len(digits) > 1 else _cardinal(value)
    if len(digits) == 4 and digits[0] != "0":
        years = read_year(digits)
        readings = years + readings if 1100 <= value <= 2099 and value // 100 != 20 else readings + years
    if len(digits) >= 3 or not readings:
        readings += _in_pairs(digits) + read_digits(digits)
    return _distinct(readings)


def read_digits(digits: str) -> list[Reading]:
    """Digit by digit, with the zero both ways."""
    return _distinct([tuple("oh" if digit == "0" else _word(digit) for digit in digits), tuple(map(_word, digits))])


def read_year(digits: str) -> list[Reading]:
    century, rest = int(digits[:2]), int(digits[2:])
    if rest == 0:
        return [(*_say(century), "hundred")] if century % 10 else []
    if rest < 10:
        return [(*_say(century), "oh", *_say(rest))]
    return [(*_say(century), *_say(rest))]


def read_decade(digits: str) -> list[Reading]:
    """ "1990" of "1990s" -> "nineteen nineties"."""
    return [(*reading[:-1], _plural(reading[-1])) for reading in read_integer(digits)[:2]]


def read_ordinal(digits: str) -> list[Reading]:
    if len(digits) > LONGEST_NUMBER:
        return read_digits(digits)
    words = _split(num2words(int(digits), to="ordinal"))
    return _distinct([_without_and(words), words])


def read_decimal(whole: str, fraction: str) -> list[Reading]:
    tail = ("point", *(_word(digit) for digit in fraction))
    with_oh = ("point", *("oh" if digit == "0" else _word(digit) for digit in fraction))
    heads = read_integer(whole)[:2] if whole else []
    readings = [(*head, *end) for head in heads for end in (tail, with_oh)]
    if not whole or int(whole) == 0:
        readings += [tail, ("oh", *tail)]
    return _distinct(readings)


def read_time(hours: str, minutes: str) -> list[Reading]:
    """ "8:30" -> "eight thirty"; "9:05" -> "nine oh five"; "10:00" -> "ten o'clock", "ten"."""
    hour = _say(int(hours))
    if int(minutes) == 0:
        return [(*hour, "o'clock"), hour, (*hour, "hundred")]
    if int(minutes) < 10:
        return [(*hour, "oh", *_say(int(minutes))), (*hour, *_say(int(minutes)))]
    return [(*hour, *_say(int(minutes)))]


def read_money(symbol: str, whole: str, fraction: str, *, scaled: bool) -> list[Reading]:
    """`scaled`: a word like "million" follows, and the currency is said after that."""
    unit, cents = CURRENCIES[symbol]
    amounts = read_decimal(whole, fraction) if fraction and scaled else read_integer(whole)[:2]
    if scaled:
        return amounts
    units = unit if whole == "1" or unit == "yen" else unit + "s"
    if not fraction or int(fraction) == 0:
        return [(*amount, units) for amount in amounts]
    small = _say(int(fraction.ljust(2, "0")[:2]))
    readings: list[Reading] = []
    for amount in amounts:
        readings += [(*amount, units, *small), (*amount, units, "and", *small, cents or "cents")]
        readings += [(*amount, *small), (*amount, units, *small, cents or "cents")]
    return _distinct(readings)


def roman_value(text: str) -> int | None:
    if len(text) < 2 or not _ROMAN.fullmatch(text):
        return None
    values = [_ROMAN_VALUES[letter] for letter in text]
    following = [*values[1:], 0]
    return sum(-value if value < after else value for value, after in zip(values, following, strict=True))


def _cardinal(value: int) -> list[Reading]:
    words = _say(value)
    readings = [_without_and(words), words]
    if words[0] == "one" and len(words) > 1:
        readings.append(("a", *_without_and(words)[1:]))
    if 1100 <= value <= 9900 and value % 100 == 0 and value % 1000:
        readings.append((*_say(value // 100), "hundred"))
    return _distinct(readings)


def _in_pairs(digits: str) -> list[Reading]:
    """ "204" -> "two oh four" is digit by digit; "747" -> "seven forty seven"; "1250" -> "twelve fifty"."""
    if len(digits) not in (3, 4) or digits[-2] == "0" or digits[0] == "0":
        return []
    return [(*_say(int(digits[:-2])), *_say(int(digits[-2:])))]


@lru_cache(maxsize=4096)
def _say(value: int) -> Reading:
    return _split(num2words(value))


def _word(digit: str) -> str:
    return _say(int(digit))[0]


def _split(text: str) -> Reading:
    return tuple(re.findall(r"[a-z']+", text.lower()))


def _without_and(words: Reading) -> Reading:
    return tuple(word for word in words if word != "and")


def _plural(word: str) -> str:
    if word.endswith("y"):
        return word[:-1] + "ies"
    return word + "es" if word.endswith("x") else word + "s"


def _distinct(readings: list[Reading]) -> list[Reading]:
    return list(dict.fromkeys(readings))
