"""Hindi, Marathi and Telugu: the IPA of words by the rules of their scripts, which write what is spoken.

A consonant is followed by the inherent vowel unless a sign says otherwise. Hindi and Marathi leave many of these vowels
out, by rule. The Unicode blocks of the scripts have the same layout, so one table of places serves all.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise


def _words(text: str) -> list[str]:
    return text.split()


_DEVANAGARI, _TELUGU = 0x900, 0xC00  # the first character of the blocks, which have _BLOCK characters
_BLOCK = 0x80
_CONSONANTS = dict(
    zip(
        range(0x15, 0x3A),
        _words("k kʰ ɡ ɡʱ ŋ tʃ tʃʰ dʒ dʒʱ ɲ ʈ ʈʰ ɖ ɖʱ ɳ t tʰ d dʱ n n p pʰ b bʱ m j ɾ r l ɭ ɻ ʋ ʃ ʂ s ɦ"),
        strict=True,
    )
)
_DOTTED = {"k": "q", "kʰ": "x", "ɡ": "ɣ", "dʒ": "z", "ɖ": "ɽ", "ɖʱ": "ɽ", "pʰ": "f"}  # with the sign nukta
_VOWELS = dict(zip(range(0x06, 0x15), _words("aː i iː u uː ɾɪ lɪ ɛ e eː ɛː ɔː o oː ɔː"), strict=True))
_VOWELS_OF_TELUGU = {0x0B: "ɾu", 0x10: "aj", 0x14: "aw"}
_VOWEL_SIGNS = range(0x3E, 0x4D)
_FROM_VOWEL_TO_SIGN = 0x38
_FIRST_VOWEL, _LAST_VOWEL = 0x05, 0x14
_CANDRABINDU, _ANUSVARA, _VISARGA, _NUKTA, _VIRAMA = 0x01, 0x02, 0x03, 0x3C, 0x4D
_NASAL = "\u0303"
_NASALS = {"k": "ŋ", "ɡ": "ŋ", "t": "n", "d": "n", "ʈ": "ɳ", "ɖ": "ɳ", "p": "m", "b": "m", "s": "n"}
_WEAK = "ᵊ"  # a vowel that may be left out

_UP_TO_99 = {
    "hi": _words("""शून्य एक दो तीन चार पाँच छह सात आठ नौ दस ग्यारह बारह तेरह चौदह पंद्रह सोलह सत्रह अठारह उन्नीस
        बीस इक्कीस बाईस तेईस चौबीस पच्चीस छब्बीस सत्ताईस अट्ठाईस उनतीस तीस इकतीस बत्तीस तैंतीस चौंतीस पैंतीस
        छत्तीस सैंतीस अड़तीस उनतालीस चालीस इकतालीस बयालीस तैंतालीस चवालीस पैंतालीस छियालीस सैंतालीस अड़तालीस
        उनचास पचास इक्यावन बावन तिरपन चौवन पचपन छप्पन सत्तावन अट्ठावन उनसठ साठ इकसठ बासठ तिरसठ चौंसठ पैंसठ
        छियासठ सड़सठ अड़सठ उनहत्तर सत्तर इकहत्तर बहत्तर तिहत्तर चौहत्तर पचहत्तर छिहत्तर सतहत्तर अठहत्तर उन्यासी
        अस्सी इक्यासी बयासी तिरासी चौरासी पचासी छियासी सत्तासी अट्ठासी नवासी नब्बे इक्यानवे बानवे तिरानवे
        चौरानवे पचानवे छियानवे सत्तानवे अट्ठानवे निन्यानवे"""),
    "mr": _words("""शून्य एक दोन तीन चार पाच सहा सात आठ नऊ दहा अकरा बारा तेरा चौदा पंधरा सोळा सतरा अठरा एकोणीस
        वीस एकवीस बावीस तेवीस चोवीस पंचवीस सव्वीस सत्तावीस अठ्ठावीस एकोणतीस तीस एकतीस बत्तीस तेहतीस चौतीस पस्तीस
        छत्तीस सदतीस अडतीस एकोणचाळीस चाळीस एकेचाळीस बेचाळीस त्रेचाळीस चव्वेचाळीस पंचेचाळीस सेहेचाळीस सत्तेचाळीस
        अठ्ठेचाळीस एकोणपन्नास पन्नास एकावन्न बावन्न त्रेपन्न चोपन्न पंचावन्न छप्पन्न सत्तावन्न अठ्ठावन्न एकोणसाठ
        साठ एकसष्ट बासष्ट त्रेसष्ट चौसष्ट पासष्ट सहासष्ट सदुसष्ट अडुसष्ट एकोणसत्तर सत्तर एक्काहत्तर बाहत्तर
        त्र्याहत्तर चौऱ्याहत्तर पंच्याहत्तर शहात्तर सत्त्याहत्तर अठ्ठ्याहत्तर एकोणऐंशी ऐंशी एक्क्याऐंशी ब्याऐंशी
        त्र्याऐंशी चौऱ्याऐंशी पंच्याऐंशी शहाऐंशी सत्त्याऐंशी अठ्ठ्याऐंशी एकोणनव्वद नव्वद एक्क्याण्णव ब्याण्णव
        त्र्याण्णव चौऱ्याण्णव पंच्याण्णव शहाण्णव सत्त्याण्णव अठ्ठ्याण्णव नव्याण्णव"""),
}
_POWERS = {
    "hi": ((10**7, "करोड़"), (10**5, "लाख"), (1000, "हज़ार"), (100, "सौ")),
    "mr": ((10**7, "कोटी"), (10**5, "लाख"), (1000, "हजार"), (100, "शे")),
}


@dataclass(slots=True)
class _Syllable:
    consonants: list[str] = field(default_factory=list)
    vowel: str | None = None  # None: the inherent one
    mark: int = 0  # anusvara, candrabindu or visarga

    @property
    def may_lose_vowel(self) -> bool:
        return self.vowel is None and not self.mark and len(self.consonants) == 1


def ipa(word: str) -> str:
    text = unicodedata.normalize("NFD", word)
    block = next((block for block in (_DEVANAGARI, _TELUGU) if any(_is_in(block, each) for each in text)), _DEVANAGARI)
    vowels = _VOWELS if block == _DEVANAGARI else _VOWELS | _VOWELS_OF_TELUGU
    inherent = "ə" if block == _DEVANAGARI else "a"
    places = [ord(each) - block for each in text if _is_in(block, each)]
    syllables = _syllables(places, vowels | {_FIRST_VOWEL: inherent})
    if block == _DEVANAGARI:
        _leave_out_vowels(syllables)
    return "".join(_sounds(each, following, inherent) for each, following in pairwise([*syllables, _Syllable()]))


def number_words(value: int, language: str) -> str:
    """Of Hindi and Marathi, which have a word of its own for each number up to 99."""
    for power, name in _POWERS[language]:
        if value >= power:
            rest = [number_words(value % power, language)] if value % power else []
            return " ".join([number_words(value // power, language), name, *rest])
    return _UP_TO_99[language][value]


def _is_in(block: int, character: str) -> bool:
    return block <= ord(character) < block + _BLOCK


def _syllables(places: Sequence[int], vowels: dict[int, str]) -> list[_Syllable]:
    syllables: list[_Syllable] = []
    joined = False  # to the next consonant, by a virama
    for place in places:
        if place in _CONSONANTS or _FIRST_VOWEL <= place <= _LAST_VOWEL:
            if not joined or place not in _CONSONANTS:
                syllables.append(_Syllable(vowel=vowels.get(place)))
            if joined and place not in _CONSONANTS:
                syllables[-2].vowel = ""
            syllables[-1].consonants += [_CONSONANTS[place]] if place in _CONSONANTS else []
            joined = False
        elif syllables:
            _apply(place, syllables[-1], vowels)
            joined = place == _VIRAMA
    if joined:
        syllables[-1].vowel = ""
    return syllables


def _apply(place: int, syllable: _Syllable, vowels: dict[int, str]) -> None:
    """A sign changes the syllable that it follows."""
    if place in _VOWEL_SIGNS:
        syllable.vowel = vowels[place - _FROM_VOWEL_TO_SIGN]
    elif place == _NUKTA and syllable.consonants:
        syllable.consonants[-1] = _DOTTED.get(syllable.consonants[-1], syllable.consonants[-1])
    elif place in (_CANDRABINDU, _ANUSVARA, _VISARGA):
        syllable.mark = place


def _leave_out_vowels(syllables: Sequence[_Syllable]) -> None:
    """The inherent vowel at the end of a word, and between a vowel and a consonant with a vowel, from right to left."""
    if len(syllables) > 1 and syllables[-1].vowel is None and not syllables[-1].mark:
        syllables[-1].vowel = "" if syllables[-1].may_lose_vowel else _WEAK
    for index in range(len(syllables) - 2, 0, -1):
        before, own, after = syllables[index - 1 : index + 2]
        has_neighbours = before.vowel != "" and after.vowel not in ("", _WEAK) and len(after.consonants) == 1
        if own.may_lose_vowel and has_neighbours:
            own.vowel = _WEAK


def _sounds(syllable: _Syllable, following: _Syllable, inherent: str) -> str:
    onset = "".join(syllable.consonants).replace("dʒɲ", "ɡj")
    vowel = inherent if syllable.vowel is None else syllable.vowel
    if syllable.mark == _VISARGA:
        return onset + vowel + "h"
    if syllable.mark == _ANUSVARA and (nasal := _NASALS.get("".join(following.consonants)[:1])):
        return onset + vowel + nasal
    if syllable.mark == _ANUSVARA and inherent == "a":  # of Telugu
        return onset + vowel + "m"
    return onset + vowel + (_NASAL if syllable.mark else "")
