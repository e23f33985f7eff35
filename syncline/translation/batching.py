"""Batch inputs of similar length, so that little of a batch is padding."""

from __future__ import annotations

from collections.abc import Sequence

# About 60 sentences. Larger batches gained nothing on the CPU of docs/translation.md (`make bench-translate` compares
# them), and need more memory: the scores of 128,000 vocabulary entries for every row.
TOKENS_PER_BATCH = 1024


def plan_batches(lengths: Sequence[int], *, budget: int = TOKENS_PER_BATCH) -> list[list[int]]:
    """Return batches of indices: each index once, longest first, at most `budget` tokens a batch including padding.

    The short batches finish last, so no core waits long for another.
    """
    batches: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        longest = lengths[batches[-1][0]] if batches else 0
        if batches and longest * (len(batches[-1]) + 1) <= budget:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches
