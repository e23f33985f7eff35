"""Korean: the IPA of Hangul by its sound rules. Spelling is nearly phonetic, but neighbouring consonants assimilate."""

from __future__ import annotations

from collections.abc import Sequence

_INITIALS = ("k", "k", "n", "t", "t", "ɾ", "m", "p", "p", "s", "s", "", "tɕ", "tɕ", "tɕ", "k", "t", "p", "h")
_VOWELS = (
    "a", "ɛ", "ja", "jɛ", "ʌ", "e", "jʌ", "je", "o", "wa", "wɛ", "we", "jo", "u", "wʌ", "we", "wi", "ju", "ɯ",
    "ɰi", "i",
)  # fmt: skip
# What a final consonant sounds like before another consonant, and what moves to a following vowel.
_FINALS = (
    "", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "l", "l", "l", "p", "l", "m", "p", "p", "t", "t", "ŋ",
    "t", "t",
    "k", "t", "p", "t",
)  # fmt: skip
_MOVED = (
    ("", ""), ("", "k"), ("", "k"), ("k", "s"), ("", "n"), ("n", "tɕ"), ("", "n"), ("", "t"), ("", "ɾ"), ("l", "k"),
    ("l", "m"), ("l", "p"), ("l", "s"), ("l", "t"), ("l", "p"), ("", "ɾ"), ("", "m"), ("", "p"), ("p", "s"), ("", "s"),
    ("", "s"), ("ŋ", ""), ("", "tɕ"), ("", "tɕ"), ("", "k"), ("", "t"), ("", "p"), ("", ""),
)  # fmt: skip
_SILENT, _HIEUT = 11, 18  # initial consonants
_FIRST, _LAST = 0xAC00, 0xD7A3
_NASALS = {"k": "ŋ", "t": "n", "p": "m"}
_VOICED = {"k": "ɡ", "t": "d", "p": "b", "tɕ": "dʑ"}
_PLAIN = frozenset({0, 3, 7, 12})  # initial consonants that are voiced between voiced sounds

Syllable = tuple[int, int, int]


def ipa(word: str) -> str:
    syllables = [_syllable(character) for character in word if _FIRST <= ord(character) <= _LAST]
    sounds: list[str] = []
    for index, syllable in enumerate(syllables):
        before = syllables[index - 1] if index else None
        sounds += [_onset(before, syllable), _VOWELS[syllable[1]], _coda(syllables[index : index + 2])]
    return "".join(sounds)


def _syllable(character: str) -> Syllable:
    number = ord(character) - _FIRST
    return number // 588, number % 588 // 28, number % 28


def _onset(before: Syllable | None, syllable: Syllable) -> str:
    initial = syllable[0]
    own = _INITIALS[initial]
    if before is None:
        return own
    final = before[2]
    if initial == _SILENT:
        moved = _MOVED[final][1]
        if moved == "t" and _VOWELS[syllable[1]] == "i":
            return "dʑ"
        return moved if _FINALS[final] == "" else _VOICED.get(moved, moved)
    coda = _FINALS[final]
    if own == "ɾ" and coda:
        return "l" if coda in ("l", "n") else "n"
    if own == "n" and coda == "l":
        return "l"
    if initial in _PLAIN and coda in ("", "n", "m", "ŋ", "l") and final not in (6, 15):
        return _VOICED[own]
    return own


def _coda(syllables: Sequence[Syllable]) -> str:
    final = syllables[0][2]
    if len(syllables) == 1:
        return _FINALS[final]
    initial = syllables[1][0]
    if initial == _SILENT:
        return _MOVED[final][0]
    coda, onset = _FINALS[final], _INITIALS[initial]
    if coda in _NASALS and onset in ("n", "m", "ɾ"):
        return _NASALS[coda]
    return "l" if coda == "n" and onset == "ɾ" else coda
