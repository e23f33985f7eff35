"""Map the International Phonetic Alphabet to ARPAbet, the phones of the English acoustic model.

A sound that English lacks becomes the phones that come nearest, as alternatives: the decoder decides which one fits.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice

PhoneNames = tuple[str, ...]
Choice = tuple[PhoneNames, ...]  # sequences of phones, one of which is spoken; the likeliest first; may be empty inside
NamedPronunciation = tuple[Choice, ...]

NASAL, PALATAL, SYLLABIC = "\u0303", "ʲ", "\u0329"
MOST_PRONUNCIATIONS = 4

# IPA: alternatives with "|" between them. "-" is no phone at all.
_PHONES = """
aɪ: AY | AA IY        ai: AY | AA IY        aj: AY | AA IY        ɑi: AY | AA IY        ɑɪ: AY | AA IY
ɑj: AY | AA IY        aʊ: AW | AA UW        au: AW | AA UW        aw: AW | AA UW        ɑu: AW | AA UW
ei: EY | EH IY        eɪ: EY | EH           ej: EY | EH IY        ɛj: EY | EH IY        ɛi: EY | EH IY
oi: OY | OW IY        oj: OY | OW IY        ɔi: OY | AO IY        ɔɪ: OY | AO IY        ɔj: OY | AO IY
ou: OW | AO UW        oʊ: OW | AO UW        ɔʊ: OW | AO UW        eu: EH UW | EH W
a: AA | AH | AE       ɐ: AH | AA            ɑ: AA | AO | AH       ɒ: AO | AA            ʌ: AH | AA
ə: AH | IH            ɚ: ER                 ɝ: ER                 ɜ: ER | AH            e: EH | EY
ɛ: EH | AE            ɪ: IH | IY            i: IY | IH            ɨ: IH | IY            ɯ: UH | IH
o: OW | AO            ɔ: AO | OW            ɵ: UH | OW            ɤ: AH | UH            u: UW | UH
ʉ: UW | UH            ʊ: UH | UW            y: UW | IY            ʏ: UH | IH            ø: EH | ER | UH
œ: ER | EH            æ: AE | AA            ɶ: AE | AA            ɞ: ER | AH            ɘ: IH | AH
p: P | B              b: B | P              t: T | D              d: D | T              ʈ: T | D
ɖ: D | T              k: K | G              ɡ: G | K              q: K | G              ɢ: G | K
c: T Y | K Y | CH     ɟ: D Y | JH           m: M                  ɱ: M                  n: N
ɳ: N                  ɲ: N Y | N            ŋ: NG | N             ɴ: NG | N             f: F
v: V | W              ʋ: V | W              s: S | Z              z: Z | S              ʃ: SH
ʂ: SH | S             ɕ: SH | S             ʒ: ZH | SH            ʐ: ZH | SH            ʑ: ZH | SH
θ: TH                 ð: DH | D             x: HH | K | SH        χ: HH | K             ç: SH | HH Y
h: HH | -             ɦ: HH | -             ħ: HH                 ɣ: G | HH             β: B | V
ɸ: F                  w: W | V              ɥ: W | Y              ɰ: W | -              j: Y | IY
ʝ: Y | JH             l: L                  ɫ: L                  ɭ: L                  ɬ: L | SH
ʎ: L Y | Y            ɺ: L | R | D          r: R | D | D R        ɹ: R                  ɻ: R
ɾ: R | D              ɽ: R | D              ʁ: R | HH | G         ʀ: R | HH             ř: R ZH | ZH | SH
ɧ: SH | HH            ts: T S | S           dz: D Z | Z           tʃ: CH                dʒ: JH
tɕ: CH                dʑ: JH                tʂ: CH                dʐ: JH                ʔ: -
ʕ: - | AH             ᵊ: - | AH
"""
_ENTRY = re.compile(r"(?<!\S)([^\s:]++):((?: +(?:[A-Z]+|\||-))+)")
_SPELLINGS = {"ʤ": "dʒ", "ʧ": "tʃ", "ʦ": "ts", "ʣ": "dz", "ʨ": "tɕ", "ʥ": "dʑ", "ᵻ": "ɪ", "g": "ɡ", "ⁿ": "n", "ε": "ɛ"}
_IGNORED = re.compile(r"[^\w\u0303\u0329]|[ˈˌːˑʰʱʼˀ˞ˤˠ‿\d⁰¹²³⁴⁵⁶⁷⁸⁹˥˦˧˨˩ˇ˘]")
_KEPT_MARKS = {"r\u030c": "ř", "r\u031d": "ř", "c\u0327": "ç"}


def pronunciations(ipa: str, exceptions: Mapping[str, str]) -> tuple[NamedPronunciation, ...]:
    """-> pronunciations with alternatives for each phone. Their first and last phones are always spoken."""
    choices = _without_repetition(_choices(ipa, tuple(exceptions.items())))
    return tuple(islice(_with_spoken_ends(choices), MOST_PRONUNCIATIONS))


@lru_cache(maxsize=64)
def _table(exceptions: tuple[tuple[str, str], ...]) -> dict[str, Choice]:
    table = {sound: _parse(phones) for sound, phones in _ENTRY.findall(_PHONES)}
    return table | {sound: _parse(phones) for sound, phones in exceptions}


def _parse(phones: str) -> Choice:
    return tuple(tuple(names.replace("-", "").split()) for names in phones.split("|"))


def _choices(ipa: str, exceptions: tuple[tuple[str, str], ...]) -> Iterator[Choice]:
    table = _table(exceptions)
    for sound, marks in _sounds(ipa, table):
        choice = table[sound]
        if SYLLABIC in marks and choice[0]:
            choice = (("ER",), ("AH", *choice[0])) if choice[0][0] == "R" else (("AH", *choice[0]), choice[0])
        yield choice
        if NASAL in marks:
            yield (("N",), ())
        if PALATAL in marks:
            yield ((), ("Y",))


def _sounds(ipa: str, table: Mapping[str, Choice]) -> Iterator[tuple[str, str]]:
    """(sound of the table, the marks on it). Sounds that the table lacks are left out."""
    text = _normalised(ipa)
    position = 0
    while position < len(text):
        length = next((size for size in (3, 2, 1) if text[position : position + size] in table), 0)
        sound = text[position : position + length]
        position += max(1, length)
        end = position
        while end < len(text) and text[end] in (NASAL, PALATAL, SYLLABIC):
            end += 1
        if sound:
            yield sound, text[position:end]
        position = end


def _normalised(ipa: str) -> str:
    text = unicodedata.normalize("NFD", ipa)
    for spelling, meant in (_KEPT_MARKS | _SPELLINGS).items():
        text = text.replace(spelling, meant)
    kept = _IGNORED.sub("", text)
    return "".join(sign for sign in kept if sign in (NASAL, SYLLABIC) or not unicodedata.combining(sign))


def _without_repetition(choices: Iterator[Choice]) -> list[Choice]:
    """A long or double sound is one phone."""
    kept: list[Choice] = []
    for choice in choices:
        if choice != ((),) and not (kept and kept[-1] == choice):
            kept.append(choice)
    return kept


def _with_spoken_ends(choices: Sequence[Choice]) -> Iterator[NamedPronunciation]:
    """Where the first or the last phone may be missing: a pronunciation with it and one without."""
    optional = next((end for end in (0, -1) if choices and () in choices[end]), None)
    if optional is not None:
        spoken = tuple(phones for phones in choices[optional] if phones)
        rest = list(choices[1:] if optional == 0 else choices[:-1])
        whole = [spoken, *rest] if optional == 0 else [*rest, spoken]
        for variant in (whole, rest) if choices[optional][0] else (rest, whole):
            yield from _with_spoken_ends(variant)
    elif len(choices) == 1:
        yield from (tuple(((phone,),) for phone in phones) for phones in choices[0])
    elif choices:
        yield tuple(choices)
