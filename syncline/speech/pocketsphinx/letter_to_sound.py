"""Letter to sound: how an English speaker would say a word that no dictionary has.

Each letter gives no, one or two sounds, decided by the longest context around it that training has met; a table
of some 30,000 such contexts, learnt from the dictionary inside the PocketSphinx wheel, lies beside this file.
`python -m syncline.speech.pocketsphinx.letter_to_sound` learns it anew.
"""

from __future__ import annotations

import gzip
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path

TABLE_PATH = Path(__file__).with_name("letter_to_sound.json.gz")
# (letters to the left, letters to the right), from the weakest context to the strongest
CONTEXTS = ((0, 0), (0, 1), (1, 1), (1, 2), (2, 2), (2, 3), (3, 3), (4, 4))
EDGE = "####"
MOST_SOUNDS = 2  # of one letter: the x of "box"
TRAINING_ROUNDS = 4
VOWEL_LETTERS = frozenset("aeiouy")
VOWEL_SOUNDS = frozenset(["AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"])

Sounds = tuple[str, ...]
LetterScore = Callable[[str, Sounds], float]


def pronounce(word: str, *, strongest_context: int = len(CONTEXTS)) -> Sounds:
    """`strongest_context`: using fewer contexts gives a second opinion."""
    table = _table()
    padded = EDGE + word + EDGE
    sounds: list[str] = []
    for position in range(len(EDGE), len(EDGE) + len(word)):
        for left, right in reversed(CONTEXTS[:strongest_context]):
            answer = table.get(_key(padded, position, left, right))
            if answer is not None:
                sounds += answer.split()
                break
    return tuple(sounds)


@lru_cache(maxsize=1)
def _table() -> Mapping[str, str]:
    table: dict[str, str] = json.loads(gzip.decompress(TABLE_PATH.read_bytes()))
    return table


def _key(padded: str, position: int, left: int, right: int) -> str:
    return f"{padded[position - left : position]}|{padded[position]}|{padded[position + 1 : position + 1 + right]}"


def learn(entries: Iterable[tuple[str, Sounds]]) -> dict[str, str]:
    """Expectation-maximisation with the single best path: which letter made which sounds, then the context table."""
    words = list(entries)
    score: LetterScore = _first_guess
    for _ in range(TRAINING_ROUNDS):
        counts: dict[str, Counter[Sounds]] = defaultdict(Counter)
        for word, sounds in words:
            for letter, made in zip(word, _attribute(word, sounds, score), strict=False):
                counts[letter][made] += 1
        score = _learnt_score(counts)
    return _context_table([(word, _attribute(word, sounds, score)) for word, sounds in words])


def _first_guess(letter: str, made: Sounds) -> float:
    if not made:
        return -3.0
    agreeing = sum((sound in VOWEL_SOUNDS) == (letter in VOWEL_LETTERS) for sound in made)
    return agreeing - len(made) - (1.5 if len(made) > 1 else 0.0)


def _learnt_score(counts: Mapping[str, Counter[Sounds]]) -> LetterScore:
    totals = {letter: sum(made.values()) for letter, made in counts.items()}

    def score(letter: str, made: Sounds) -> float:
        if letter not in counts:
            return -9.0
        return math.log((counts[letter][made] + 0.01) / (totals[letter] + 1))

    return score


def _attribute(word: str, sounds: Sounds, score: LetterScore) -> list[Sounds]:
    """The best way to share the sounds out among the letters, in order; empty if there is none."""
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]  # per letter: sounds used -> (score, taken by it)
    for letter in word:
        following: dict[int, tuple[float, int]] = {}
        for used, (total, _) in best[-1].items():
            for taken in range(min(MOST_SOUNDS, len(sounds) - used) + 1):
                candidate = total + score(letter, sounds[used : used + taken])
                if candidate > following.get(used + taken, (-math.inf, 0))[0]:
                    following[used + taken] = (candidate, taken)
        best.append(following)
    if len(sounds) not in best[-1]:
        return []
    shares: list[Sounds] = []
    used = len(sounds)
    for column in reversed(best[1:]):
        taken = column[used][1]
        shares.append(sounds[used - taken : used])
        used -= taken
    return shares[::-1]


def _context_table(attributed: Iterable[tuple[str, list[Sounds]]]) -> dict[str, str]:
    """Only contexts whose answer differs from that of the next weaker one that is stored."""
    counts: list[dict[str, Counter[Sounds]]] = [defaultdict(Counter) for _ in CONTEXTS]
    for word, shares in attributed:
        padded = EDGE + word + EDGE
        for position, made in enumerate(shares, start=len(EDGE)):
            for (left, right), counter in zip(CONTEXTS, counts, strict=True):
                counter[_key(padded, position, left, right)][made] += 1
    table: dict[str, str] = {}
    for strength, counter in enumerate(counts):
        for key, answers in counter.items():
            answer, times = answers.most_common(1)[0]
            if strength and (times < 2 or _weaker_answer(table, key, strength) == " ".join(answer)):
                continue
            table[key] = " ".join(answer)
    return table


def _weaker_answer(table: Mapping[str, str], key: str, strength: int) -> str | None:
    before, letter, after = key.split("|")
    for left, right in reversed(CONTEXTS[:strength]):
        answer = table.get(f"{before[len(before) - left :]}|{letter}|{after[:right]}")
        if answer is not None:
            return answer
    return None


def main() -> None:
    from syncline.speech.pocketsphinx.pronunciations import dictionary_entries

    entries = [
        (word.replace("'", ""), sounds)
        for word, sounds in dictionary_entries()
        if len(word) > 1 and re.fullmatch(r"[a-z']+", word)
    ]
    table = learn(entries)
    text = json.dumps(table, separators=(",", ":"), sort_keys=True).encode()
    TABLE_PATH.write_bytes(gzip.compress(text, 9, mtime=0))
    print(f"{len(table)} contexts, {TABLE_PATH.stat().st_size} bytes")


if __name__ == "__main__":
    main()
