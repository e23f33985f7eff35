"""Learn the letter-to-sound table (syncline/speech/pocketsphinx/letter_to_sound.py).

    python -m scripts.training.learn_letter_to_sound        # make learn-letter-to-sound

Aligns the letters of each word in the PocketSphinx wheel's dictionary with its phones, then counts which phones a
letter yields in which context. Needs nothing but the wheel, and writes the same bytes each time.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from syncline.speech.pocketsphinx.letter_to_sound import CONTEXTS, TABLE_PATH, WORD_EDGE, Phones, context_key
from syncline.speech.pocketsphinx.pronunciations import dictionary_lines

MOST_PHONES = 2  # of one letter: the x of "box"
ITERATIONS = 4
VOWEL_LETTERS = frozenset("aeiouy")
VOWEL_PHONES = frozenset(["AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"])

LetterScore = Callable[[str, Phones], float]


def learn(entries: Iterable[tuple[str, Phones]]) -> dict[str, str]:
    """Viterbi training: align with the current scores, estimate new scores from the alignment, repeat."""
    words = list(entries)
    score: LetterScore = initial_score
    for _ in range(ITERATIONS):
        counts: dict[str, Counter[Phones]] = defaultdict(Counter)
        for word, phones in words:
            for letter, yielded in zip(word, align_letters(word, phones, score), strict=False):
                counts[letter][yielded] += 1
        score = _estimated_score(counts)
    return _context_table([(word, align_letters(word, phones, score)) for word, phones in words])


def initial_score(letter: str, phones: Phones) -> float:
    """Vowel letters yield vowels, consonant letters consonants, and each letter about one phone."""
    if not phones:
        return -3.0
    agreeing = sum((phone in VOWEL_PHONES) == (letter in VOWEL_LETTERS) for phone in phones)
    return agreeing - len(phones) - (1.5 if len(phones) > 1 else 0.0)


def _estimated_score(counts: Mapping[str, Counter[Phones]]) -> LetterScore:
    """Log of the smoothed relative frequency."""
    totals = {letter: sum(yields.values()) for letter, yields in counts.items()}

    def score(letter: str, phones: Phones) -> float:
        if letter not in counts:
            return -9.0
        return math.log((counts[letter][phones] + 0.01) / (totals[letter] + 1))

    return score


def align_letters(word: str, phones: Phones, score: LetterScore) -> list[Phones]:
    """The phones of each letter on the best path; empty if the word has too many phones for its letters."""
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]  # letter -> phones used so far -> (score, by this one)
    for letter in word:
        following: dict[int, tuple[float, int]] = {}
        for used, (total, _) in best[-1].items():
            for taken in range(min(MOST_PHONES, len(phones) - used) + 1):
                candidate = total + score(letter, phones[used : used + taken])
                if candidate > following.get(used + taken, (-math.inf, 0))[0]:
                    following[used + taken] = (candidate, taken)
        best.append(following)
    if len(phones) not in best[-1]:
        return []
    yields: list[Phones] = []
    used = len(phones)
    for column in reversed(best[1:]):
        taken = column[used][1]
        yields.append(phones[used - taken : used])
        used -= taken
    return yields[::-1]


def _context_table(aligned: Iterable[tuple[str, list[Phones]]]) -> dict[str, str]:
    """Keeps only contexts that were seen twice and yield something else than the next weaker context."""
    counts: list[dict[str, Counter[Phones]]] = [defaultdict(Counter) for _ in CONTEXTS]
    for word, yields in aligned:
        padded = WORD_EDGE + word + WORD_EDGE
        for position, phones in enumerate(yields, start=len(WORD_EDGE)):
            for (left, right), counter in zip(CONTEXTS, counts, strict=True):
                counter[context_key(padded, position, left, right)][phones] += 1
    table: dict[str, str] = {}
    for strength, counter in enumerate(counts):
        for key, seen in counter.items():
            phones, times = seen.most_common(1)[0]
            if strength and (times < 2 or _weaker_entry(table, key, strength) == " ".join(phones)):
                continue
            table[key] = " ".join(phones)
    return table


def _weaker_entry(table: Mapping[str, str], key: str, strength: int) -> str | None:
    before, letter, after = key.split("|")
    for left, right in reversed(CONTEXTS[:strength]):
        entry = table.get(f"{before[len(before) - left :]}|{letter}|{after[:right]}")
        if entry is not None:
            return entry
    return None


def training_words() -> Iterator[tuple[str, Phones]]:
    """First pronunciations, apostrophes removed."""
    for word, phones in dictionary_lines():
        if len(word) > 1 and re.fullmatch(r"[a-z']+", word):
            yield word.replace("'", ""), tuple(phones.split())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    table = learn(training_words())
    text = json.dumps(table, separators=(",", ":"), sort_keys=True).encode()
    TABLE_PATH.write_bytes(gzip.compress(text, 9, mtime=0))
    print(f"{TABLE_PATH}: {len(table)} contexts, {TABLE_PATH.stat().st_size} bytes")


if __name__ == "__main__":
    main()
