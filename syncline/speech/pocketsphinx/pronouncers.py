"""What turns a transcript of a language into tokens, and words into pronunciations."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import zip_longest
from typing import Protocol

from syncline.core.spoken_languages import SPOKEN_LANGUAGES, SpokenLanguage
from syncline.speech import g2p, ipa
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


class EnglishPronouncer:
    def __init__(self, dictionary: PronunciationDictionary) -> None:
        self._dictionary = dictionary

    def tokenize(self, transcript: str) -> list[Token]:
        return tokenizer.tokenize(transcript, self._dictionary.known)

    def pronounce(self, word: str) -> tuple[NamedPronunciation, ...]:
        return tuple(tuple(((name,),) for name in phones) for phones in self._dictionary.pronounce(word))


class MultilingualPronouncer:
    """Pronounces words by their IPA."""

    def __init__(self, language: SpokenLanguage, english: PronunciationDictionary) -> None:
        self._language = language
        self._english = english
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

    def _readings(self, word: str) -> list[str]:
        """With what an apostrophe cuts off: "l'amico"."""
        *elided, last = re.split("['’]", word) if self._language.elisions else [word]
        cut_off = "".join(
            self._language.elisions.get(part) or g2p.readings(part, self._language)[0] for part in elided if part
        )
        return [cut_off + reading for reading in (g2p.readings(last, self._language) if last else [""])]


@lru_cache(maxsize=4)
def pronouncer(code: str) -> Pronouncer:
    if code == "en":
        return EnglishPronouncer(shared_dictionary())
    return MultilingualPronouncer(SPOKEN_LANGUAGES[code], shared_dictionary())
