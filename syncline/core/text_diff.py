"""Find the words that two versions of a text share. The cost is linear but for small gaps, whatever the texts are.

Word triples that occur once in each text anchor the comparison (as in a patience diff). Between two anchors Myers'
algorithm finds the shortest edit; a gap with more edits than its limit counts as changed.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

MAX_EDITS = 200  # in one gap
_ANCHOR_WORDS = 3
# Scripts without spaces between words are compared character by character.
_SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_SPACELESS}]|[^\W{_SPACELESS}]+")

Pair = tuple[int, int]  # indices of an equal word in both texts


def shifts(before: str, after: str) -> dict[int, int]:
    """-> where each shared word starts in `before`, and by how much its place in `after` differs."""
    old, new = list(_WORD.finditer(before)), list(_WORD.finditer(after))
    pairs = _matches([word[0] for word in old], [word[0] for word in new])
    return {old[i].start(): new[j].start() - old[i].start() for i, j in pairs}


def count_characters(text: str) -> int:
    """The characters of all words."""
    return sum(len(word[0]) for word in _WORD.finditer(text))


def words_in(text: str, start: int, end: int) -> list[int]:
    """Where the words of text[start:end] start."""
    return [word.start() for word in _WORD.finditer(text, start, end)]


def _matches(old: Sequence[str], new: Sequence[str]) -> Iterator[Pair]:
    fixed = [(-1, -1), *_anchors(old, new), (len(old), len(new))]
    for (i, j), (next_i, next_j) in pairwise(fixed):
        yield from ((i + 1 + a, j + 1 + b) for a, b in _gap(old[i + 1 : next_i], new[j + 1 : next_j]))
        if next_i < len(old):
            yield next_i, next_j


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[Pair]:
    """The longest increasing sequence of word triples that are unique in both texts."""
    places = _unique_triples(new)
    candidates = [(i, places[triple]) for triple, i in _unique_triples(old).items() if triple in places]
    return _longest_increasing(candidates)


def _unique_triples(words: Sequence[str]) -> dict[tuple[str, ...], int]:
    triples = [tuple(words[i : i + _ANCHOR_WORDS]) for i in range(len(words) - _ANCHOR_WORDS + 1)]
    counts = Counter(triples)
    return {triple: i for i, triple in enumerate(triples) if counts[triple] == 1}


def _longest_increasing(pairs: Sequence[Pair]) -> list[Pair]:
    """Of pairs in order of their first number, the most whose second numbers rise, too."""
    ends: list[int] = []  # the smallest second number that ends a sequence of each length
    last: list[int] = []  # and the index of its pair
    previous: list[int] = []
    for index, (_, j) in enumerate(pairs):
        length = bisect_left(ends, j)
        previous.append(last[length - 1] if length else -1)
        ends[length : length + 1], last[length : length + 1] = [j], [index]
    found, index = [], last[-1] if last else -1
    while index >= 0:
        found.append(pairs[index])
        index = previous[index]
    return found[::-1]


def _gap(old: Sequence[str], new: Sequence[str]) -> list[Pair]:
    """The words that two short texts share, in order."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    middle = _shortest_edit(old[start : len(old) - end], new[start : len(new) - end])
    return [
        *((i, i) for i in range(start)),
        *((start + i, start + j) for i, j in middle),
        *((len(old) - i, len(new) - i) for i in range(end, 0, -1)),
    ]


def _shortest_edit(old: Sequence[str], new: Sequence[str]) -> list[Pair]:
    """Myers' algorithm. `furthest[k]` is how far a path with so many edits gets on the diagonal i - j = k."""
    furthest, history = {1: 0}, list[dict[int, int]]()
    for edits in range(min(len(old) + len(new), MAX_EDITS) + 1):
        history.append(dict(furthest))
        for k in range(-edits, edits + 1, 2):
            i = _step(furthest, k, edits)
            while i < len(old) and 0 <= i - k < len(new) and old[i] == new[i - k]:
                i += 1
            furthest[k] = i
            if i >= len(old) and i - k >= len(new):
                return _backtrack(history, len(old), len(new))
    return []


def _step(furthest: dict[int, int], k: int, edits: int) -> int:
    """Where the path begins on diagonal k: after an insertion from the diagonal above, or a deletion from below."""
    inserts = k == -edits or (k != edits and furthest[k - 1] < furthest[k + 1])
    return furthest[k + 1] if inserts else furthest[k - 1] + 1


def _backtrack(history: list[dict[int, int]], i: int, j: int) -> list[Pair]:
    found: list[Pair] = []
    for edits in range(len(history) - 1, -1, -1):
        k = i - j
        begin = _step(history[edits], k, edits) if edits else 0
        while i > begin:
            i, j = i - 1, j - 1
            found.append((i, j))
        if edits:
            inserts = k == -edits or (k != edits and history[edits][k - 1] < history[edits][k + 1])
            i, j = (i, j - 1) if inserts else (i - 1, j)
    return found[::-1]
