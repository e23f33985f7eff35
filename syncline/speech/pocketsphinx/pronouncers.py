"""What turns a transcript of a language into tokens, and words into pronunciations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import zip_longest
from typing import Protocol

from syncline.core.spoken_languages import SPOKEN_LANGUAGES, SpokenLanguage
from syncline.speech import g2p, ipa
from syncline.speech.g2p import NO_READINGS
from syncline.speech.ipa import NamedPronunciation
from syncline.speech.pocketsphinx import multilingual_tokenizer, tokenizer
from syncline.speech.pocketsphinx.pronunciations import PronunciationDictionary, shared_dictionary
from syncline.speech.pocketsphinx.tokenizer import Token

WORDS_IN_MEMORY = 50_000
_LATIN = re.compile(r"[a-z']+")


class Pronouncer(Protocol):
    def tokenize(self, transcript: str) -> list[Token]: ...

    def pronounce(self, word: str) -> tuple[NamedPronunciation, ...]:
        """The word's pronunciations, most likely first; none if it cannot be spoken."""

    def may_be_read(self, word: str) -> bool:
        """Whether the reading of an external program would count."""


class EnglishPronouncer:
    def __init__(self, dictionary: PronunciationDictionary, readings: Mapping[str, str] = NO_READINGS) -> None:
        """`readings`: the IPA of words that the dictionary lacks, by an external program."""
        self._dictionary = dictionary
        self._external = readings

    def tokenize(self, transcript: str) -> list[Token]:
        return tokenizer.tokenize(transcript, self._dictionary.known)

    def pronounce(self, word: str) -> tuple[NamedPronunciation, ...]:
        guessed = tuple(tuple(((name,),) for name in phones) for phones in self._dictionary.pronounce(word))
        external = ipa.pronunciations(self._external[word], {}) if word in self._external else ()
        return tuple(dict.fromkeys([*external, *guessed]))

    def may_be_read(self, word: str) -> bool:
        return not self._dictionary.known(word) and any(character.isalpha() for character in word)


class MultilingualPronouncer:
    """Pronounces words by their IPA."""

    def __init__(
        self, language: SpokenLanguage, english: PronunciationDictionary, readings: Mapping[str, str] = NO_READINGS
    ) -> None:
        """`readings`: the IPA of words, by an external program."""
        self._language = language
        self._english = english
        self._external = readings
        self._pronounce = lru_cache(maxsize=WORDS_IN_MEMORY)(self._look_up)

    def tokenize(self, transcript: str) -> list[Token]:
        return multilingual_tokenizer.tokenize(transcript, self._language)

    def pronounce(self, word: str) -> tuple[NamedPronunciation, ...]:
        return self._pronounce(word)

    def _look_up(self, word: str) -> tuple[NamedPronunciation, ...]:
        if self._language.script != "Latn" and _LATIN.fullmatch(word):  # a foreign name, such as "YouTube"
            return EnglishPronouncer(self._english).pronounce(word)
        found = [ipa.pronunciations(reading, self._language.phones) for reading in self._readings(word)]
        # The first pronunciation of each reading before the second of any.
        return tuple(dict.fromkeys(each for rank in zip_longest(*found) for each in rank if each))

    def may_be_read(self, word: str) -> bool:
        return g2p.reads(self._language) and word not in self._language.words

    def _readings(self, word: str) -> list[str]:
        """With what an apostrophe cuts off: "l'amico"."""
        if word in self._external:
            return [self._external[word]]
        *elided, last = re.split("['’]", word) if self._language.elisions else [word]
        cut_off = "".join(
            self._language.elisions.get(part) or g2p.readings(part, self._language)[0] for part in elided if part
        )
        return [cut_off + reading for reading in (g2p.readings(last, self._language) if last else [""])]


def pronouncer(code: str, readings: Mapping[str, str] = NO_READINGS) -> Pronouncer:
    return _pronouncer(code, readings) if readings else _shared_pronouncer(code)


@lru_cache(maxsize=4)
def _shared_pronouncer(code: str) -> Pronouncer:
    return _pronouncer(code, NO_READINGS)


def _pronouncer(code: str, readings: Mapping[str, str]) -> Pronouncer:
    if code == "en":
        return EnglishPronouncer(shared_dictionary(), readings)
    return MultilingualPronouncer(SPOKEN_LANGUAGES[code], shared_dictionary(), readings)
