"""How sure we are of a word, 0..1: about the share of words with this much evidence that are right."""

from __future__ import annotations

import math

from worker.engines.pocketsphinx.sections import HeardWord


def confidence(word: HeardWord, *, noise: float, neighbours: int) -> float:
    """`neighbours`: how many of the two words beside it in the text were heard right beside it."""
    frames = word.end - word.start
    evidence = 2.0 + 1.2 * word.fit + 0.3 * word.worst_fit + 1.5 * neighbours + 0.05 * min(frames, 60) + noise
    return 1 / (1 + math.exp(-evidence))
