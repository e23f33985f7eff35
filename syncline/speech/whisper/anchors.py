"""Find the pauses between chunks around which Whisper wrote the same words as the transcript has.

There the transcript can be cut together with the recording. The tracker then cannot lose its place for long.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from syncline.speech.pocketsphinx.engine import Place
from syncline.speech.whisper.agreement import PlacedText, WrittenWord, written_words

WORDS_BESIDE = 3  # that must agree on either side of the pause, and occur only once in this order


def certain_places(transcript: str, texts: Sequence[PlacedText]) -> list[Place]:
    """In the order of time. The words at them are in order, too: places that contradict most others are left out."""
    words = list(written_words(transcript))
    sequences = [_sequence(words, index) for index in range(len(words))]
    index_of = {sequence: index for index, sequence in enumerate(sequences)}
    occurrences = Counter(sequences)
    found = [
        (seconds, index_of[sequence])
        for seconds, sequence in _pauses(texts)
        if occurrences[sequence] == 1 and len(sequence) == 2 * WORDS_BESIDE
    ]
    return [
        Place(seconds, words[index].start)
        for seconds, index in _increasing(found)
        if words[index - 1].end <= words[index].start  # otherwise both are parts of one number
    ]


def _sequence(words: Sequence[WrittenWord], index: int) -> tuple[str, ...]:
    """The words before and after the beginning of a word."""
    return tuple(word.text for word in words[max(0, index - WORDS_BESIDE) : index + WORDS_BESIDE])


def _pauses(texts: Sequence[PlacedText]) -> Iterator[tuple[float, tuple[str, ...]]]:
    """The middle of each pause between two chunks, with the words beside it."""
    for before, after in pairwise(texts):
        if before.end < after.start:
            words = [*written_words(before.text)][-WORDS_BESIDE:]
            following = [*written_words(after.text)][:WORDS_BESIDE]
            yield (before.end + after.start) / 2, tuple(word.text for word in [*words, *following])


def _increasing(places: Sequence[tuple[float, int]]) -> list[tuple[float, int]]:
    """The longest subsequence in which the words increase."""
    chains: list[list[tuple[float, int]]] = []  # the best chain of each length: the one that ends earliest
    for place in places:
        length = bisect_left([chain[-1][1] for chain in chains], place[1])
        chains[length : length + 1] = [[*(chains[length - 1] if length else []), place]]
    return chains[-1] if chains else []
