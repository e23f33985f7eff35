"""Pronunciations of words: the dictionary in the PocketSphinx wheel, and guesses for words that it lacks.

A guess comes from a known stem with an ending, from the American spelling of a British word, from the parts of a
compound, or from the letter-to-sound rules.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property, lru_cache

from syncline.speech.pocketsphinx import letter_to_sound
from syncline.speech.pocketsphinx.letter_to_sound import Phones
from syncline.speech.pocketsphinx.model_files import dictionary_path

MOST_PRONUNCIATIONS = 4
SHORTEST_PART = 3  # letters of one part of a compound
SECOND_OPINION_CONTEXTS = 4

_SIBILANTS = frozenset(["S", "Z", "SH", "ZH", "CH", "JH"])
_VOICELESS = frozenset(["P", "T", "K", "F", "TH"])
_RESPELLINGS = (
    ("isation", "ization"),
    ("ise", "ize"),
    ("ising", "izing"),
    ("yse", "yze"),
    ("our", "or"),
    ("ll", "l"),
    ("ae", "e"),
    ("oe", "e"),
    ("tre", "ter"),
    ("ogue", "og"),
    ("ence", "ense"),
    ("mme", "m"),
)
_CONTRACTIONS = {"'re": ("ER",), "'ve": ("AH", "V"), "'ll": ("AH", "L"), "'d": ("AH", "D"), "n't": ("AH", "N", "T")}
# Reduced pronunciations of common words, which the dictionary lacks.
_REDUCED = {
    "about": "B AW T",
    "at": "AH T",
    "because": "K AH Z",
    "could": "K AH D",
    "don't": "D OW",
    "had": "AE D",
    "have": "AH V",
    "his": "IH Z",
    "isn't": "IH N T",
    "it's": "IH S",
    "just": "JH AH S",
    "kinda": "K AY N D AH",
    "little": "L IH L",
    "probably": "P R AA L IY",
    "should": "SH AH D",
    "them": "AH M",
    "what": "W AH",
    "would": "W AH D",
    "you": "Y AH",
    "you're": "Y ER",
    "your": "Y ER",
}


class PronunciationDictionary:
    """Immutable after loading, so threads can share it.

    It keeps the sorted lines of the file and searches them: every process that pronounces words loads them, and a dict
    of all entries takes much longer to build and more memory.
    """

    @cached_property
    def _lines(self) -> list[bytes]:
        return sorted(dictionary_path().read_bytes().split(b"\n"))

    def known(self, word: str) -> bool:
        return self._first(word) is not None

    def pronounce(self, word: str) -> tuple[Phones, ...]:
        """The word's pronunciations, most likely first; none if it has no letters."""
        listed = [*self._listed(word, b" "), *self._listed(word, b"(")][:MOST_PRONUNCIATIONS]
        if listed:
            return (*listed, tuple(_REDUCED[word].split())) if word in _REDUCED else tuple(listed)
        return self._guess(word)

    def _guess(self, word: str) -> tuple[Phones, ...]:
        guesses = [*self._inflected(word), *self._respelled(word), *self._compound(word)]
        letters = "".join(character for character in word if "a" <= character <= "z")
        if letters and not guesses:
            second_opinion = letter_to_sound.pronounce(letters, strongest_context=SECOND_OPINION_CONTEXTS)
            guesses = [letter_to_sound.pronounce(letters), second_opinion]
        return tuple(dict.fromkeys(guess for guess in guesses if guess))[:MOST_PRONUNCIATIONS]

    def _first(self, word: str) -> Phones | None:
        return next(self._listed(word, b" "), None)

    def _listed(self, word: str, after: bytes) -> Iterator[Phones]:
        """The entries of a word: "read R EH D", and with "(" after it "read(2) R IY D"."""
        beginning = word.encode(errors="replace") + after
        index = bisect_left(self._lines, beginning)
        while index < len(self._lines) and self._lines[index].startswith(beginning):
            yield tuple(self._lines[index].partition(b" ")[2].decode().split())
            index += 1

    def _inflected(self, word: str) -> list[Phones]:
        """A known stem with an English ending."""
        for ending in ("'s", "s'", "s"):
            stem = word.removesuffix(ending)
            if stem != word and len(stem) > 1 and not stem.endswith("s"):
                phones = self._first(stem)
                if not phones and ending != "s" and stem.isalpha():
                    phones = letter_to_sound.pronounce(stem)
                if phones:
                    return [phones + plural_ending(phones[-1])]
        for ending, ending_phones in _CONTRACTIONS.items():
            if word.endswith(ending) and (phones := self._first(word.removesuffix(ending))):
                return [phones + ending_phones]
        if word.endswith("ed") and (phones := self._first(word[:-2]) or self._first(word[:-1])):
            return [phones + _past_ending(phones[-1])]
        if word.endswith("ing") and (phones := self._first(word[:-3]) or self._first(word[:-3] + "e")):
            return [(*phones, "IH", "NG")]
        return []

    def _respelled(self, word: str) -> list[Phones]:
        """British spellings: the dictionary has American ones."""
        found = (self._first(word.replace(british, american)) for british, american in _RESPELLINGS if british in word)
        return [phones for phones in found if phones]

    def _compound(self, word: str) -> list[Phones]:
        for cut in range(len(word) - SHORTEST_PART, SHORTEST_PART - 1, -1):
            left, right = self._first(word[:cut]), self._first(word[cut:])
            if left and right and len(word) > 2 * SHORTEST_PART:
                return [left + right, letter_to_sound.pronounce(word)] if word.isalpha() else [left + right]
        return []


def dictionary_lines() -> Iterator[tuple[str, str]]:
    """(word, phones separated by spaces), as in the file."""
    with dictionary_path().open(encoding="utf-8") as lines:
        for line in lines:
            word, _, phones = line.rstrip().partition(" ")
            if phones:
                yield word, phones.strip()


def plural_ending(last: str) -> Phones:
    if last in _SIBILANTS:
        return ("IH", "Z")
    return ("S",) if last in _VOICELESS else ("Z",)


def _past_ending(last: str) -> Phones:
    if last in ("T", "D"):
        return ("IH", "D")
    return ("T",) if last in _VOICELESS or last in ("S", "SH", "CH") else ("D",)


@lru_cache(maxsize=1)
def shared_dictionary() -> PronunciationDictionary:
    return PronunciationDictionary()
