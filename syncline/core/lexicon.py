"""The option `lexicon`: how the words of a recording are pronounced, for names and terms that no dictionary has.

A pronunciation is written in one of three ways: the phones of ARPAbet ("W IH N"), IPA between slashes ("/wɪn/"), or a
respelling that reads as the word sounds ("win").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from syncline.core.errors import InvalidOptionsError
from syncline.core.suggestions import did_you_mean

Lexicon = tuple[tuple[str, tuple[str, ...]], ...]  # sorted by word

MOST_WORDS = 500  # the job's record holds them
MOST_PRONUNCIATIONS = 8
LONGEST = 100  # characters of a word, and of a pronunciation
_VOWELS = "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW"
_CONSONANTS = "B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH"
ARPABET = frozenset(f"{_VOWELS} {_CONSONANTS}".split(" "))
HINT = 'Write {"Nguyen": ["W IH N", "/wɪn/", "win"]}: ARPAbet, IPA between slashes, or a respelling.'
_STRESS = re.compile(r"(?<=[A-Z])[012]$")


def check(value: object) -> Lexicon:
    """-> the lexicon in canonical form; raises InvalidOptionsError that says what is wrong."""
    if not isinstance(value, Mapping):
        raise InvalidOptionsError("lexicon is not an object of words and their pronunciations.", hint=HINT)
    if len(value) > MOST_WORDS:
        raise InvalidOptionsError(f"lexicon has {len(value)} words; at most {MOST_WORDS} are allowed.")
    return tuple(sorted((_word(word), _pronunciations(word, given)) for word, given in value.items()))


def schema() -> dict[str, Any]:
    pronunciation = {"type": "string", "minLength": 1, "maxLength": LONGEST}
    several = {"type": "array", "minItems": 1, "maxItems": MOST_PRONUNCIATIONS, "items": pronunciation}
    return {"type": "object", "maxProperties": MOST_WORDS, "additionalProperties": several}


def arpabet(pronunciation: str) -> tuple[str, ...] | None:
    """The phones without marks of stress; None if the text is not ARPAbet."""
    phones = tuple(_STRESS.sub("", name) for name in pronunciation.split())
    return phones if phones and ARPABET.issuperset(phones) else None


def ipa(pronunciation: str) -> str | None:
    """The text between the slashes; None if it has none."""
    text = pronunciation.strip()
    return text[1:-1].strip() if len(text) > 2 and text[0] == text[-1] == "/" else None


def _word(word: object) -> str:
    text = str(word).strip()
    if not isinstance(word, str) or not text or len(text) > LONGEST or re.search(r"[\s-]", text):
        raise InvalidOptionsError(
            f"lexicon cannot have “{text[:LONGEST]}”: an entry is one word, without spaces and hyphens.",
            hint="Give each part of a name an entry of its own.",
        )
    return text


def _pronunciations(word: str, given: object) -> tuple[str, ...]:
    listed = list(given) if isinstance(given, list | tuple) else []
    if not 0 < len(listed) <= MOST_PRONUNCIATIONS:
        raise InvalidOptionsError(
            f"lexicon: “{word[:LONGEST]}” needs a list of 1 to {MOST_PRONUNCIATIONS} pronunciations.", hint=HINT
        )
    return tuple(dict.fromkeys(_pronunciation(word, each) for each in listed))


def _pronunciation(word: str, given: object) -> str:
    text = " ".join(given.split()) if isinstance(given, str) else ""
    if not any(character.isalpha() for character in text) or len(text) > LONGEST:
        raise InvalidOptionsError(f"lexicon: “{given}” is not a pronunciation of “{word}”."[:300], hint=HINT)
    phones = [_STRESS.sub("", name) for name in text.split()]
    if len(phones) > 1 and text.upper() == text and ipa(text) is None and arpabet(text) is None:
        wrong = next(name for name in phones if name not in ARPABET)
        raise InvalidOptionsError(
            f"lexicon: “{wrong}” in the pronunciation of “{word}” is not a phone of ARPAbet."
            f"{did_you_mean(wrong, sorted(ARPABET))}",
            hint=f"The phones are: {' '.join(sorted(ARPABET))}.",
        )
    return text
