"""Who says which word, from the sentences that name their speaker."""

from __future__ import annotations

import bisect
from collections.abc import Sequence

from syncline.core.alignment import Word
from syncline.core.sentences import Sentence


def tier_name(kind: str, speaker: str | None) -> str:
    """As the Montreal Forced Aligner names its tiers."""
    return f"{speaker} - {kind}" if speaker else kind


def words_by_speaker(words: Sequence[Word], sentences: Sequence[Sentence]) -> dict[str | None, list[Word]]:
    """In the order in which the speakers first speak; None for words without a known speaker."""
    starts = [sentence.start_offset for sentence in sentences]
    found: dict[str | None, list[Word]] = {}
    speaker = None
    for word in words:
        if word.start_offset is not None:  # a word that is not in the transcript belongs to the speaker before it
            index = bisect.bisect_right(starts, word.start_offset) - 1
            speaker = sentences[index].speaker if index >= 0 else None
        found.setdefault(speaker, []).append(word)
    return found
