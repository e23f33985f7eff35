"""Turn a transcript into the pronunciations that the decoding graph is built from."""

from __future__ import annotations

from dataclasses import dataclass

from syncline.speech.pocketsphinx.acoustic_model import shared_model
from syncline.speech.pocketsphinx.decoding_graph import MOST_PRONUNCIATIONS, Pronunciation
from syncline.speech.pocketsphinx.pronunciations import PronunciationDictionary, shared_dictionary
from syncline.speech.pocketsphinx.tokenizer import Token, tokenize


@dataclass(frozen=True, slots=True)
class PronouncedTranscript:
    """All tokens of a transcript, and a word for each token that can be spoken."""

    tokens: list[Token]
    token_of_word: list[int]
    words: list[tuple[Pronunciation, ...]]
    spoken_forms: list[tuple[str, ...]]  # by word, parallel to its pronunciations

    def token(self, word: int) -> Token:
        return self.tokens[self.token_of_word[word]]


def pronounce_transcript(transcript: str) -> PronouncedTranscript:
    dictionary = shared_dictionary()
    phones = {name: index for index, name in enumerate(shared_model().definition.phones)}
    pronounced = PronouncedTranscript(tokenize(transcript, dictionary.known), [], [], [])
    for index, token in enumerate(pronounced.tokens):
        pronunciations = _pronunciations(token, dictionary, phones)
        if pronunciations:
            pronounced.token_of_word.append(index)
            pronounced.words.append(tuple(pronunciations))
            pronounced.spoken_forms.append(tuple(pronunciations.values()))
    return pronounced


def _pronunciations(
    token: Token, dictionary: PronunciationDictionary, phones: dict[str, int]
) -> dict[Pronunciation, str]:
    """The token's pronunciations, each with the spoken form that it belongs to.

    A spoken form of several words takes only the first pronunciation of each: combinations would be too many.
    """
    found: dict[Pronunciation, str] = {}
    for spoken_form in token.spoken_forms:
        by_word = [dictionary.pronounce(word) for word in spoken_form]
        if not all(by_word):
            continue
        if len(by_word) == 1:
            choices = by_word[0]
        else:
            choices = (tuple(name for pronunciations in by_word for name in pronunciations[0]),)
        for choice in choices:
            found.setdefault(tuple(phones[name] for name in choice), " ".join(spoken_form))
    return dict(list(found.items())[:MOST_PRONUNCIATIONS])
