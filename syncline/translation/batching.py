"""Put items of similar length together, so that little of a batch is padding."""

from __future__ import annotations

from collections.abc import Sequence

# About 60 sentences. Larger batches gained nothing on the CPU of docs/translation.md (`make bench-translate` compares
# them), and take more memory: the scores of 128,000 pieces for every row.
TOKENS_PER_BATCH = 1024


def plan(lengths: Sequence[int], *, budget: int = TOKENS_PER_BATCH) -> list[list[int]]:
    """-> batches of indices: every index once, longest first, at most `budget` tokens a batch with its padding.

    Longest first: the last batches to finish are the short ones, so that no core waits long for another.
    """
    batches: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        longest = lengths[batches[-1][0]] if batches else 0
        if batches and longest * (len(batches[-1]) + 1) <= budget:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches
