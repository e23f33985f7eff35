"""Spoken forms of written numbers in English.

A number has several: "1984" is a year, a quantity or four digits. The decoder decides which one was spoken.
"""

from __future__ import annotations

import re
from functools import lru_cache

SpokenForm = tuple[str, ...]  # lower-case words

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
LONGEST_NUMBER = 15  # digits; longer ones are spelled out
_ROMAN = re.compile(r"M{0,3}(CM|CD|D?C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def integer_forms(digits: str) -> list[SpokenForm]:
    """ "1984" as a year, as a quantity, in pairs, digit by digit; the most likely first."""
    if len(digits) > LONGEST_NUMBER:  # before int(): Python refuses to convert more than 4,300 digits
        return digits_forms(digits)
    value = int(digits)
    forms = [] if digits[0] == "0" and len(digits) > 1 else _cardinal_forms(value)
    if len(digits) == 4 and digits[0] != "0":
        years = year_forms(digits)
        forms = years + forms if 1100 <= value <= 2099 and value // 100 != 20 else forms + years
    if len(digits) >= 3 or not forms:
        forms += _pair_forms(digits) + digits_forms(digits)
    return distinct_forms(forms)


def digits_forms(digits: str) -> list[SpokenForm]:
    """Digit by digit, zero as "oh" and as "zero"."""
    return distinct_forms(
        [tuple("oh" if digit == "0" else _digit_word(digit) for digit in digits), tuple(map(_digit_word, digits))]
    )


def year_forms(digits: str) -> list[SpokenForm]:
    century, rest = int(digits[:2]), int(digits[2:])
    if rest == 0:
        return [(*_cardinal_words(century), "hundred")] if century % 10 else []
    if rest < 10:
        return [(*_cardinal_words(century), "oh", *_cardinal_words(rest))]
    return [(*_cardinal_words(century), *_cardinal_words(rest))]


def decade_forms(digits: str) -> list[SpokenForm]:
    """ "1990" of "1990s" -> "nineteen nineties"."""
    return [(*form[:-1], _plural(form[-1])) for form in integer_forms(digits)[:2]]


def ordinal_forms(digits: str) -> list[SpokenForm]:
    if len(digits) > LONGEST_NUMBER:
        return digits_forms(digits)
    words = _split_words(_num2words(int(digits), "ordinal"))
    return distinct_forms([_without_and(words), words])


def decimal_forms(whole: str, fraction: str) -> list[SpokenForm]:
    tail = ("point", *(_digit_word(digit) for digit in fraction))
    with_oh = ("point", *("oh" if digit == "0" else _digit_word(digit) for digit in fraction))
    heads = integer_forms(whole)[:2] if whole else []
    forms = [(*head, *end) for head in heads for end in (tail, with_oh)]
    if _is_zero(whole):
        forms += [tail, ("oh", *tail)]
    return distinct_forms(forms)


def time_forms(hours: str, minutes: str) -> list[SpokenForm]:
    """ "8:30" -> "eight thirty"; "9:05" -> "nine oh five"; "10:00" -> "ten o'clock", "ten"."""
    hour = _cardinal_words(int(hours))
    if int(minutes) == 0:
        return [(*hour, "o'clock"), hour, (*hour, "hundred")]
    if int(minutes) < 10:
        return [(*hour, "oh", *_cardinal_words(int(minutes))), (*hour, *_cardinal_words(int(minutes)))]
    return [(*hour, *_cardinal_words(int(minutes)))]


def money_forms(symbol: str, whole: str, fraction: str, *, scaled: bool) -> list[SpokenForm]:
    """`scaled`: a word such as "million" follows, and the currency is spoken after that."""
    unit, cents = CURRENCIES[symbol]
    amounts = decimal_forms(whole, fraction) if fraction and scaled else integer_forms(whole)[:2]
    if scaled:
        return amounts
    units = unit if whole == "1" or unit == "yen" else unit + "s"
    if _is_zero(fraction):
        return [(*amount, units) for amount in amounts]
    small = _cardinal_words(int(fraction.ljust(2, "0")[:2]))
    forms: list[SpokenForm] = []
    for amount in amounts:
        forms += [(*amount, units, *small), (*amount, units, "and", *small, cents or "cents")]
        forms += [(*amount, *small), (*amount, units, *small, cents or "cents")]
    return distinct_forms(forms)


def roman_value(text: str) -> int | None:
    if len(text) < 2 or not _ROMAN.fullmatch(text):
        return None
    values = [_ROMAN_VALUES[letter] for letter in text]
    following = [*values[1:], 0]
    return sum(-value if value < after else value for value, after in zip(values, following, strict=True))


def _cardinal_forms(value: int) -> list[SpokenForm]:
    words = _cardinal_words(value)
    forms = [_without_and(words), words]
    if words[0] == "one" and len(words) > 1:
        forms.append(("a", *_without_and(words)[1:]))
    if 1100 <= value <= 9900 and value % 100 == 0 and value % 1000:
        forms.append((*_cardinal_words(value // 100), "hundred"))
    return distinct_forms(forms)


def _pair_forms(digits: str) -> list[SpokenForm]:
    """ "747" -> "seven forty seven"; "1250" -> "twelve fifty". Not "204": "two oh four" is digit by digit."""
    if len(digits) not in (3, 4) or digits[-2] == "0" or digits[0] == "0":
        return []
    return [(*_cardinal_words(int(digits[:-2])), *_cardinal_words(int(digits[-2:])))]


@lru_cache(maxsize=4096)
def _cardinal_words(value: int) -> SpokenForm:
    return _split_words(_num2words(value, "cardinal"))


def _num2words(value: int, kind: str) -> str:
    from num2words import num2words  # imports a module for each of its languages, and most texts have no digits

    return str(num2words(value, to=kind))


def _is_zero(digits: str) -> bool:
    """True for no digits, too."""
    return all(int(digit) == 0 for digit in digits)


def _digit_word(digit: str) -> str:
    return _cardinal_words(int(digit))[0]


def _split_words(text: str) -> SpokenForm:
    return tuple(re.findall(r"[a-z']+", text.lower()))


def _without_and(words: SpokenForm) -> SpokenForm:
    return tuple(word for word in words if word != "and")


def _plural(word: str) -> str:
    if word.endswith("y"):
        return word[:-1] + "ies"
    return word + "es" if word.endswith("x") else word + "s"


def distinct_forms(forms: list[SpokenForm]) -> list[SpokenForm]:
    return list(dict.fromkeys(form for form in forms if form))
