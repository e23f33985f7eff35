"""Japanese: words and their readings by MeCab with UniDic, and the IPA of kana.

A word is a bunsetsu, as a reader pauses: a noun or a verb with the particles and endings that follow it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

PACKAGES = ("fugashi", "unidic_lite")

_FOLLOWING = frozenset({"助詞", "助動詞", "接尾辞"})  # particles, endings, suffixes
_CONSONANTS = {
    "ア": "", "カ": "k", "ガ": "ɡ", "サ": "s", "ザ": "z", "タ": "t", "ダ": "d", "ナ": "n", "ハ": "h", "バ": "b",
    "パ": "p",
    "マ": "m", "ヤ": "j", "ラ": "ɾ", "ワ": "w",
}  # fmt: skip
_ROWS = (
    "アイウエオ", "カキクケコ", "ガギグゲゴ", "サシスセソ", "ザジズゼゾ", "タチツテト", "ダヂヅデド", "ナニヌネノ",
    "ハヒフヘホ",
    "バビブベボ", "パピプペポ", "マミムメモ", "ラリルレロ",
)  # fmt: skip
_VOWELS = "aiɯeo"
_SPECIAL = {
    "シ": "ʃi", "ジ": "dʒi", "チ": "tʃi", "ツ": "tsɯ", "ヂ": "dʒi", "ヅ": "zɯ", "フ": "ɸɯ", "ヒ": "çi", "ヤ": "ja",
    "ユ": "jɯ",
    "ヨ": "jo", "ワ": "wa", "ヲ": "o", "ン": "n", "ヴ": "v",
}  # fmt: skip
_KANA = {
    kana: _CONSONANTS[row[0]] + vowel for row in _ROWS for kana, vowel in zip(row, _VOWELS, strict=True)
} | _SPECIAL
_SMALL = {"ャ": "ja", "ュ": "jɯ", "ョ": "jo", "ァ": "a", "ィ": "i", "ゥ": "ɯ", "ェ": "e", "ォ": "o", "ヮ": "wa"}
_SIBILANTS = ("ʃ", "dʒ", "tʃ")


def segment(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, reading in katakana) of each word."""
    start = end = position = 0
    reading = ""
    for morpheme in _tagger()(text):
        begin = text.index(morpheme.surface, position)
        position = begin + len(morpheme.surface)
        own = _reading(morpheme)
        follows = reading and not reading.isascii() and begin == end and morpheme.feature.pos1 in _FOLLOWING
        if not follows:
            if reading:
                yield start, end, reading
            start, reading = begin, ""
        reading, end = reading + own, position
    if reading:
        yield start, end, reading


def ipa(reading: str) -> str:
    sounds: list[str] = []
    for kana in _katakana(reading):
        if kana == "ー" or kana == "ッ":
            continue  # a long or double sound is one phone
        if kana in _SMALL and sounds:
            sounds[-1] = _joined(sounds[-1], _SMALL[kana])
        else:
            sounds.append(_KANA.get(kana, ""))
    return "".join(sounds)


def _joined(sound: str, small: str) -> str:
    """シ + ャ: "ʃi" + "ja" -> "ʃa"; フ + ァ: "ɸɯ" + "a" -> "ɸa"."""
    consonant = sound[:-1] if sound[-1:] in _VOWELS else sound
    return consonant + (small[1:] if small[0] == "j" and consonant in _SIBILANTS else small)


def _reading(morpheme: Any) -> str:
    if morpheme.surface.isascii():  # a foreign word, which is pronounced as one
        return str(morpheme.surface).lower() if morpheme.surface.isalpha() else ""
    spoken = getattr(morpheme.feature, "pron", None) or ""
    kana = _katakana(morpheme.surface)
    return spoken if spoken and spoken != "*" else "".join(each for each in kana if each in _KANA or each in "ーッ")


def _katakana(text: str) -> str:
    return re.sub("[ぁ-ゖ]", lambda hiragana: chr(ord(hiragana[0]) + 0x60), text)


@lru_cache(maxsize=1)
def _tagger() -> Any:
    from fugashi import Tagger

    return Tagger()
