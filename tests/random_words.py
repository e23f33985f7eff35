"""Words with several random pronunciations: their paths part late and meet late."""

import random

from syncline.speech.pocketsphinx.acoustic_model import shared_model
from syncline.speech.pocketsphinx.decoding_graph import Alternatives, Pronunciation


def random_words(chance: random.Random, *, words: int) -> list[list[Pronunciation]]:
    names = shared_model().definition.phones
    phones = [index for index, name in enumerate(names) if name.isalpha() and name != "SIL"]

    def pronunciation() -> Pronunciation:
        inner = [alternatives(chance.choice(((1, 1), (0, 1), (1, 2, 0)))) for _ in range(chance.randint(0, 2))]
        ends = [chance.choice((chance.choice(phones), alternatives((1, 2)))) for _ in range(2)]
        return chance.choice(((chance.choice(phones),), (ends[0], *inner, ends[1])))

    def alternatives(lengths: tuple[int, ...]) -> Alternatives:
        return tuple(tuple(chance.choice(phones) for _ in range(length)) for length in lengths)

    return [[pronunciation() for _ in range(chance.randint(1, 4))] for _ in range(words)]
