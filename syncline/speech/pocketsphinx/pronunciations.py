"""How words sound: the dictionary inside the PocketSphinx wheel, and good guesses for what it lacks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache
from pathlib import Path

from syncline.speech.pocketsphinx import letter_to_sound as letters
from syncline.speech.pocketsphinx.letter_to_sound import Sounds

MOST_PRONUNCIATIONS = 4
SHORTEST_PART = 3  # letters of one half of a compound
SECOND_OPINION = 4  # contexts of the letter-to-sound table

_HISSING = frozenset(["S", "Z", "SH", "ZH", "CH", "JH"])
_VOICELESS = frozenset(["P", "T", "K", "F", "TH"])
_SPELLINGS = (
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
_CONTRACTED = {"'re": ("ER",), "'ve": ("AH", "V"), "'ll": ("AH", "L"), "'d": ("AH", "D"), "n't": ("AH", "N", "T")}
# How words are said in passing that the dictionary only has in full.
_IN_PASSING = {
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


def model_folder() -> Path:
    import pocketsphinx

    return Path(pocketsphinx.__file__).parent / "model" / "en-us"


def dictionary_path() -> Path:
    return model_folder() / "cmudict-en-us.dict"


def dictionary_entries() -> Iterator[tuple[str, Sounds]]:
    """First pronunciations only."""
    for word, sounds in _lines():
        if "(" not in word:
            yield word, tuple(sounds.split())


def _lines() -> Iterator[tuple[str, str]]:
    with dictionary_path().open(encoding="utf-8") as lines:
        for line in lines:
            word, _, sounds = line.rstrip().partition(" ")
            if sounds:
                yield word, sounds.strip()


class Pronunciations:
    """Read-only after loading, so that every thread may share one."""

    @cached_property
    def _dictionary(self) -> dict[str, tuple[str, ...]]:
        entries: dict[str, tuple[str, ...]] = {}
        for word, sounds in _lines():
            name = word.partition("(")[0]
            entries[name] = (*entries.get(name, ()), sounds)
        return entries

    def known(self, word: str) -> bool:
        return word in self._dictionary

    def of(self, word: str) -> tuple[Sounds, ...]:
        """The likeliest first; empty for what has no letters."""
        written = self._dictionary.get(word)
        if written:
            passing = (_IN_PASSING[word],) if word in _IN_PASSING else ()
            return tuple(tuple(sounds.split()) for sounds in (*written[:MOST_PRONUNCIATIONS], *passing))
        return self._guess(word)

    def _guess(self, word: str) -> tuple[Sounds, ...]:
        guesses = [*self._inflected(word), *self._respelled(word), *self._compound(word)]
        bare = "".join(character for character in word if "a" <= character <= "z")
        if bare and not guesses:
            guesses = [letters.pronounce(bare), letters.pronounce(bare, strongest_context=SECOND_OPINION)]
        return tuple(dict.fromkeys(guess for guess in guesses if guess))[:MOST_PRONUNCIATIONS]

    def _first(self, word: str) -> Sounds | None:
        written = self._dictionary.get(word)
        return tuple(written[0].split()) if written else None

    def _inflected(self, word: str) -> list[Sounds]:
        for ending in ("'s", "s'", "s"):
            stem = word.removesuffix(ending)
            if stem != word and len(stem) > 1 and not stem.endswith("s"):
                sounds = self._first(stem) or (letters.pronounce(stem) if ending != "s" and stem.isalpha() else None)
                if sounds:
                    return [sounds + _plural_ending(sounds[-1])]
        for ending, said in _CONTRACTED.items():
            if word.endswith(ending) and (sounds := self._first(word.removesuffix(ending))):
                return [sounds + said]
        if word.endswith("ed") and (sounds := self._first(word[:-2]) or self._first(word[:-1])):
            return [sounds + _past_ending(sounds[-1])]
        if word.endswith("ing") and (sounds := self._first(word[:-3]) or self._first(word[:-3] + "e")):
            return [(*sounds, "IH", "NG")]
        return []

    def _respelled(self, word: str) -> list[Sounds]:
        """British spellings in a dictionary of American ones."""
        found = (self._first(word.replace(british, american)) for british, american in _SPELLINGS if british in word)
        return [sounds for sounds in found if sounds]

    def _compound(self, word: str) -> list[Sounds]:
        for cut in range(len(word) - SHORTEST_PART, SHORTEST_PART - 1, -1):
            left, right = self._first(word[:cut]), self._first(word[cut:])
            if left and right and len(word) > 2 * SHORTEST_PART:
                return [left + right, letters.pronounce(word)] if word.isalpha() else [left + right]
        return []


def _plural_ending(last: str) -> Sounds:
    if last in _HISSING:
        return ("IH", "Z")
    return ("S",) if last in _VOICELESS else ("Z",)


def _past_ending(last: str) -> Sounds:
    if last in ("T", "D"):
        return ("IH", "D")
    return ("T",) if last in _VOICELESS or last in ("S", "SH", "CH") else ("D",)


@lru_cache(maxsize=1)
def shared_pronunciations() -> Pronunciations:
    return Pronunciations()
