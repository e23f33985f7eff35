"""Mandarin: words by jieba, their readings by pypinyin, and the IPA of pinyin. Tones are left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

PACKAGES = ("jieba", "pypinyin")

_ATTACHED = frozenset("的了着過过們们吗嗎呢吧啊")  # particles that belong to the word before
_INITIALS = {
    "zh": "tʂ", "ch": "tʂ", "sh": "ʂ", "b": "p", "p": "p", "m": "m", "f": "f", "d": "t", "t": "t", "n": "n", "l": "l",
    "g": "k", "k": "k", "h": "x", "j": "tɕ", "q": "tɕ", "x": "ɕ", "r": "ʐ", "z": "ts", "c": "ts", "s": "s",
}  # fmt: skip
_FINALS = {
    "a": "a", "o": "o", "e": "ɤ", "ai": "ai", "ei": "ei", "ao": "au", "ou": "ou", "an": "an", "en": "ən", "ang": "aŋ",
    "eng": "əŋ", "ong": "ʊŋ", "er": "aɻ", "i": "i", "ia": "ja", "ie": "jɛ", "iao": "jau", "iu": "jou", "ian": "jɛn",
    "in": "in", "iang": "jaŋ", "ing": "iŋ", "iong": "jʊŋ", "u": "u", "ua": "wa", "uo": "wo", "uai": "wai", "ui": "wei",
    "uan": "wan", "un": "wən", "uang": "waŋ", "ueng": "wəŋ", "v": "y", "ve": "ɥɛ", "van": "ɥɛn", "vn": "yn", "ue": "ɥɛ",
}  # fmt: skip
_ZERO_INITIAL = {
    "yi": "i", "ya": "ia", "ye": "ie", "yao": "iao", "you": "iu", "yan": "ian", "yin": "in", "yang": "iang",
    "ying": "ing", "yong": "iong", "yu": "v", "yue": "ve", "yuan": "van", "yun": "vn", "wu": "u", "wa": "ua",
    "wo": "uo", "wai": "uai", "wei": "ui", "wan": "uan", "wen": "un", "wang": "uang", "weng": "ueng", "yo": "o",
}  # fmt: skip
_BUZZING = frozenset({"zhi", "chi", "shi", "ri", "zi", "ci", "si"})  # their vowel continues the consonant
_DIGITS, _PLACES = "零一二三四五六七八九", ("", "十", "百", "千")
_SYLLABLE = re.compile(r"[a-zv]+")


def segment(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, reading in pinyin) of each word."""
    from pypinyin import Style, lazy_pinyin

    for start, end in _words(text):
        # Every syllable has a number for its tone: a word without is foreign.
        syllables = lazy_pinyin(text[start:end], style=Style.TONE3, neutral_tone_with_five=True)
        yield start, end, " ".join(syllables).lower()


def number_words(value: int) -> str:
    """1984 -> 一千九百八十四."""
    if value >= 10_000:
        power, name = (10**8, "亿") if value >= 10**8 else (10**4, "万")
        high, low = divmod(value, power)
        zero = "零" if 0 < low < power // 10 else ""
        return number_words(high) + name + zero + (number_words(low) if low else "")
    digits = str(value)
    if value < 10:
        return _DIGITS[value]
    words = "".join(
        _DIGITS[int(digit)] + (_PLACES[len(digits) - index - 1] if digit != "0" else "")
        for index, digit in enumerate(digits)
    )
    words = re.sub("零+", "零", words).rstrip("零")
    return words.removeprefix("一") if 10 <= value < 20 else words


def ipa(reading: str) -> str:
    return "".join(map(_syllable, _SYLLABLE.findall(reading.lower())))


def _words(text: str) -> Iterator[tuple[int, int]]:
    start = end = -1
    for word, begin, stop in _segmenter().tokenize(text):
        if end == begin and word in _ATTACHED:
            end = stop
            continue
        if end >= 0:
            yield start, end
        start, end = begin, stop
    if end >= 0:
        yield start, end


def _syllable(syllable: str) -> str:
    if syllable in _ZERO_INITIAL:
        return _FINALS[_ZERO_INITIAL[syllable]]
    initial = next((each for each in _INITIALS if syllable.startswith(each)), "")
    final = syllable[len(initial) :]
    if syllable in _BUZZING:
        return _INITIALS[initial] + "ɨ"
    if initial in ("j", "q", "x") and final.startswith("u"):
        final = "v" + final[1:]
    return _INITIALS.get(initial, "") + _FINALS.get(final, "")


@lru_cache(maxsize=1)
def _segmenter() -> Any:
    from jieba import Tokenizer

    # What Tokenizer.initialize does, without the file that it leaves in the folder for temporary files.
    segmenter = Tokenizer()
    segmenter.FREQ, segmenter.total = segmenter.gen_pfdict(segmenter.get_dict_file())
    segmenter.initialized = True
    return segmenter
