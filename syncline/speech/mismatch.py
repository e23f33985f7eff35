"""Notice a transcript that does not belong to its recording."""

from __future__ import annotations

from collections.abc import Sequence

from syncline.core.alignment import Word, count_words
from syncline.core.languages import spoken_name

FEWEST_WORDS = 8  # in a shorter transcript, few found words prove nothing
LEAST_SHARE = 0.25


def mismatch_warnings(words: Sequence[Word], language: str) -> list[str]:
    total, aligned = count_words(words)
    if total < FEWEST_WORDS or aligned >= total * LEAST_SHARE:
        return []
    return [
        f"Only {aligned} of {total} words were found in the recording: "
        f"does this transcript belong to it, and is it in {spoken_name(language)}?"
    ]
