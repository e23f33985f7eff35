"""The table of languages that recordings can be in. A new language is one entry, and its sentences for the benchmark.

An entry is data: how the language writes numbers, dates and abbreviations and what they are read as, which model turns
its words into IPA, and how its sounds map to the phones of the acoustic model. syncline.speech reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from syncline.core.languages import NAMES


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpokenLanguage:
    code: str
    script: str = "Latn"  # ISO 15924
    # Which package has the model that turns words into IPA: g2p2-group-<g2p>. English has a dictionary of its own.
    g2p: str = ""
    # How numbers are written and read.
    number_words: str = ""  # num2words' code
    decimal_sign: str = ","
    thousands_sign: str = "."
    point: str = ""  # how the decimal sign is read
    conjunction: str = ""  # between hours and minutes, between euros and cents
    minus: str = ""
    percent: str = ""
    currencies: Mapping[str, str] = field(default_factory=dict)  # sign -> its names with "|" between
    ordinal_marks: tuple[str, ...] = ()  # after the digits
    months: str = ""  # as they are read in a date
    units: Mapping[str, str] = field(default_factory=dict)  # after a number
    # How words are read.
    abbreviations: Mapping[str, str] = field(default_factory=dict)
    needs_dot: frozenset[str] = frozenset()  # abbreviations that are words too: they count before a full stop only
    titles: frozenset[str] = frozenset()  # abbreviations before a name: no sentence ends after them
    elisions: Mapping[str, str] = field(default_factory=dict)  # the part before an apostrophe -> IPA
    phones: Mapping[str, str] = field(default_factory=dict)  # IPA -> phones, where speech/ipa.py has others

    @property
    def name(self) -> str:
        return NAMES[self.code]


_ENGLISH = SpokenLanguage(
    code="en",
    decimal_sign=".",
    thousands_sign=",",
    titles=frozenset(
        {"Mr", "Mrs", "Ms", "Mx", "Dr", "Prof", "St", "Rev", "Gen", "Col", "Capt", "Lt", "Sgt", "Sen", "Gov"}
    ),
)
_ITALIAN = SpokenLanguage(
    code="it",
    g2p="romance",
    number_words="it",
    point="virgola",
    conjunction="e",
    minus="meno",
    percent="per cento",
    currencies={"€": "euro", "$": "dollari|dollaro", "£": "sterline|sterlina"},
    ordinal_marks=("º", "ª", "°"),
    months="gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    units={
        "km": "chilometri|chilometro", "m": "metri|metro", "cm": "centimetri", "mm": "millimetri",
        "kg": "chili|chilogrammi", "g": "grammi", "l": "litri", "h": "ore", "min": "minuti", "s": "secondi",
        "km/h": "chilometri all'ora|chilometri orari", "°C": "gradi|gradi celsius",
    },
    abbreviations={
        "sig": "signor", "sigg": "signori", "dott": "dottor|dottore", "dr": "dottor", "prof": "professor|professore",
        "ing": "ingegner|ingegnere", "avv": "avvocato", "ecc": "eccetera", "es": "esempio", "pag": "pagina",
        "tel": "telefono", "n": "numero", "nr": "numero",
    },
    needs_dot=frozenset({"es", "n"}),
    titles=frozenset({"Sig", "Dott", "Dr", "Prof", "Ing", "Avv"}),
    elisions={"l": "l", "d": "d", "c": "tʃ", "s": "s", "m": "m", "t": "t", "v": "v", "n": "n"},
)  # fmt: skip

SPOKEN_LANGUAGES: Mapping[str, SpokenLanguage] = {each.code: each for each in (_ENGLISH, _ITALIAN)}
