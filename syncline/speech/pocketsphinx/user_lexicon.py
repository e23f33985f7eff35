"""The pronunciations that a user gives for names and terms. They replace those of dictionary and rules."""

from __future__ import annotations

import re

from syncline.core import lexicon
from syncline.core.lexicon import Lexicon
from syncline.speech import ipa
from syncline.speech.ipa import NamedPronunciation
from syncline.speech.pocketsphinx.pronouncers import Pronouncer
from syncline.speech.pocketsphinx.pronunciations import plural_ending


class UserLexicon:
    def __init__(self, entries: Lexicon, speaker: Pronouncer) -> None:
        """`speaker` reads respellings."""
        self._entries = {_key(word): pronunciations for word, pronunciations in entries}
        self._speaker = speaker

    def pronounce(self, token: str) -> tuple[NamedPronunciation, ...]:
        """None if the lexicon has neither the token nor, of an English genitive, its stem."""
        key = _key(token)
        if key not in self._entries and key.endswith("'s"):
            return tuple(_genitive(found) for found in self.pronounce(key.removesuffix("'s")))
        readings = [found for text in self._entries.get(key, ()) for found in self._read(text)]
        return tuple(dict.fromkeys(readings))

    def _read(self, text: str) -> tuple[NamedPronunciation, ...]:
        if phones := lexicon.arpabet(text):
            return (tuple(((name,),) for name in phones),)
        if sounds := lexicon.ipa(text):
            return ipa.pronunciations(sounds, {})
        by_part = [self._speaker.pronounce(part) for part in re.split(r"[\s-]+", text.lower()) if part]
        if len(by_part) == 1:
            return by_part[0]
        return (tuple(choice for found in by_part if found for choice in found[0]),)


def _key(word: str) -> str:
    return word.replace("’", "'").casefold()


def _genitive(pronunciation: NamedPronunciation) -> NamedPronunciation:
    return (*pronunciation, *(((name,),) for name in plural_ending(pronunciation[-1][0][-1])))
