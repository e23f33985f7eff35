"""Turn a transcript into the pronunciations that the decoding graph is built from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from syncline.core.lexicon import Lexicon
from syncline.speech.g2p import NO_READINGS
from syncline.speech.ipa import Choice, NamedPronunciation
from syncline.speech.pocketsphinx.acoustic_model import phone_names
from syncline.speech.pocketsphinx.decoding_graph import MOST_PRONUNCIATIONS, Alternatives, Pronunciation
from syncline.speech.pocketsphinx.pronouncers import Pronouncer, pronouncer
from syncline.speech.pocketsphinx.tokenizer import Token
from syncline.speech.pocketsphinx.user_lexicon import UserLexicon


@dataclass(frozen=True, slots=True)
class PronouncedTranscript:
    """All tokens of a transcript, and a word for each token that can be spoken."""

    tokens: list[Token]
    token_of_word: list[int]
    words: list[tuple[Pronunciation, ...]]
    spoken_forms: list[tuple[str, ...]]  # by word, parallel to its pronunciations

    def token(self, word: int) -> Token:
        return self.tokens[self.token_of_word[word]]


def words_to_read(transcript: str, language: str) -> tuple[str, ...]:
    """The words that an external program may read."""
    speaker = pronouncer(language)
    words = {word for token in speaker.tokenize(transcript) for form in token.spoken_forms for word in form}
    return tuple(word for word in sorted(words) if speaker.may_be_read(word))


def pronounce_transcript(
    transcript: str, language: str = "en", lexicon: Lexicon = (), readings: Mapping[str, str] = NO_READINGS
) -> PronouncedTranscript:
    """`readings`: the IPA of words, by an external program."""
    speaker = pronouncer(language, readings)
    own = UserLexicon(lexicon, speaker)
    phones = {name: index for index, name in enumerate(phone_names())}
    pronounced = PronouncedTranscript(speaker.tokenize(transcript), [], [], [])
    for index, token in enumerate(pronounced.tokens):
        given = own.pronounce(token.text)
        pronunciations = (
            {_numbered(reading, phones): token.text for reading in given[:MOST_PRONUNCIATIONS]}
            if given
            else _pronunciations(token, speaker, phones)
        )
        if pronunciations:
            pronounced.token_of_word.append(index)
            pronounced.words.append(tuple(pronunciations))
            pronounced.spoken_forms.append(tuple(pronunciations.values()))
    return pronounced


def _pronunciations(token: Token, speaker: Pronouncer, phones: Mapping[str, int]) -> dict[Pronunciation, str]:
    """The token's pronunciations, each with the spoken form that it belongs to.

    A spoken form of several words takes only the first pronunciation of each: combinations would be too many.
    """
    found: dict[Pronunciation, str] = {}
    for spoken_form in token.spoken_forms:
        by_word = [speaker.pronounce(word) for word in spoken_form]
        if not all(by_word):
            continue
        if len(by_word) == 1:
            readings = by_word[0]
        else:
            readings = (tuple(choice for pronunciations in by_word for choice in pronunciations[0]),)
        for reading in readings:
            found.setdefault(_numbered(reading, phones), " ".join(spoken_form))
    return dict(list(found.items())[:MOST_PRONUNCIATIONS])


def _numbered(reading: NamedPronunciation, phones: Mapping[str, int]) -> Pronunciation:
    """The phones by their numbers in the acoustic model."""
    numbered: list[int | Alternatives] = []
    for choice in reading:
        alternatives = _numbered_choice(choice, phones)
        if len(alternatives) == 1:
            numbered += alternatives[0]
        else:
            numbered.append(alternatives)
    return tuple(numbered)


def _numbered_choice(choice: Choice, phones: Mapping[str, int]) -> Alternatives:
    return tuple(tuple(phones[name] for name in names) for names in choice)
