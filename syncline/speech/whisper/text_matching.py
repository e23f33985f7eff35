"""Match the words of a transcript with the words that Whisper wrote, in any language. Pure.

Three words in a row that occur once on each side tie the two together. Between two ties, the longest common subsequence
decides. What is left between its words may match words that are spelled alike. Time and memory grow linearly with
the texts, whatever they contain: a stretch without ties that is too large for the table stays unmatched.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

TIE_WORDS = 3
MAX_CELLS = 16_000_000  # of the table between two ties
SIMILAR = 0.7
LONGEST_GAP = 40  # words between two matches, in which words that are spelled alike are looked for
_APOSTROPHES = "'’‘"

Pair = tuple[int, int]


def split_words(text: str) -> list[range]:
    """Each word as a range of code points. Where words are written without spaces, a character is a word."""
    words: list[range] = []
    begin, alone = -1, False
    for index, character in enumerate(text):
        if begin >= 0 and unicodedata.category(character).startswith("M"):
            continue  # belongs to the character before
        single = _stands_alone(character)
        joins = character in _APOSTROPHES and text[index + 1 : index + 2].isalnum()
        if begin >= 0 and (single or alone or not (joins or character.isalnum())):
            words.append(range(begin, index))
            begin = -1
        if begin < 0 and character.isalnum():
            begin, alone = index, single
    return [*words, range(begin, len(text))] if begin >= 0 else words


def _stands_alone(character: str) -> bool:
    """Thai, Lao, Tibetan, Myanmar and Khmer letters, kana and Han characters."""
    return (
        "\u0e00" <= character <= "\u109f"
        or "\u1780" <= character <= "\u17ff"
        or "\u3040" <= character <= "\u30ff"
        or "\u3400" <= character <= "\u9fff"
        or "\uf900" <= character <= "\ufaff"
        or "\U00020000" <= character <= "\U0003ffff"
    )


def match(own: Sequence[str], heard: Sequence[str], *, similar: bool = True) -> list[Pair]:
    """-> (index in `own`, index in `heard`) of each word that occurs in both, in order."""
    plain_own, plain_heard = [_plain(word) for word in own], [_plain(word) for word in heard]
    found: list[Pair] = []
    for (low, heard_low), (high, heard_high) in pairwise(_ties(plain_own, plain_heard)):
        if low >= 0:
            found.append((low, heard_low))
        part = _common(plain_own[low + 1 : high], plain_heard[heard_low + 1 : heard_high])
        found += [(low + 1 + one, heard_low + 1 + other) for one, other in part]
    return sorted([*found, *_similar(found, plain_own, plain_heard)]) if similar else found


def _plain(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold().strip(_APOSTROPHES).replace("’", "'")


def _ties(own: Sequence[str], heard: Sequence[str]) -> list[Pair]:
    """From a tie before the first words to one after the last."""
    places, heard_places = _unique(own), _unique(heard)
    common = sorted((place, heard_places[words]) for words, place in places.items() if words in heard_places)
    return [(-1, -1), *increasing(common), (len(own), len(heard))]


def _unique(words: Sequence[str]) -> dict[tuple[str, ...], int]:
    runs = list(zip(*(words[offset:] for offset in range(TIE_WORDS)), strict=False))
    counts = Counter(runs)
    return {run: place for place, run in enumerate(runs) if counts[run] == 1}


def increasing(pairs: Sequence[Pair]) -> list[Pair]:
    """The longest part of the pairs, which are sorted, whose second numbers increase, too (patience sorting)."""
    ends: list[int] = []
    piles: list[int] = []
    before: list[int] = []
    for index, (_, heard) in enumerate(pairs):
        pile = bisect_left(ends, heard)
        before.append(piles[pile - 1] if pile else -1)
        ends[pile : pile + 1] = [heard]
        piles[pile : pile + 1] = [index]
    chain, index = [], piles[-1] if piles else -1
    while index >= 0:
        chain.append(pairs[index])
        index = before[index]
    return chain[::-1]


def _common(own: Sequence[str], heard: Sequence[str]) -> list[Pair]:
    """The longest common subsequence, row by row."""
    if not own or not heard or len(own) * len(heard) > MAX_CELLS:
        return []
    numbers: dict[str, int] = {}
    columns = np.array([numbers.setdefault(word, len(numbers)) for word in heard])
    rows = [numbers.get(word, -1) for word in own]
    table = np.zeros((len(own) + 1, len(heard) + 1), np.int32)
    for index, number in enumerate(rows):
        above = table[index]
        table[index + 1, 1:] = np.maximum.accumulate(np.maximum(above[1:], above[:-1] + (columns == number)))
    return _backtrace(table, rows, columns)


def _backtrace(table: NDArray[np.int32], rows: Sequence[int], columns: NDArray[np.int64]) -> list[Pair]:
    found: list[Pair] = []
    row, column = len(rows), len(columns)
    while row and column:
        if rows[row - 1] == columns[column - 1] and table[row, column] == table[row - 1, column - 1] + 1:
            row, column = row - 1, column - 1
            found.append((row, column))
        elif table[row - 1, column] == table[row, column]:
            row -= 1
        else:
            column -= 1
    return found[::-1]


def _similar(found: Sequence[Pair], own: Sequence[str], heard: Sequence[str]) -> Iterator[Pair]:
    """Between two words that match, each word may match the first similar one that no earlier word has taken."""
    for (low, heard_low), (high, heard_high) in pairwise([(-1, -1), *found, (len(own), len(heard))]):
        first = heard_low + 1
        for index in range(low + 1, high) if max(high - low, heard_high - heard_low) <= LONGEST_GAP else ():
            places = range(first, heard_high)
            place = next((place for place in places if _are_similar(own[index], heard[place])), None)
            if place is not None:
                yield index, place
                first = place + 1


def _are_similar(one: str, other: str) -> bool:
    return len(one) > 1 and SequenceMatcher(None, one[:64], other[:64], autojunk=False).ratio() >= SIMILAR
