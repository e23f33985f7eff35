"""Letter-to-sound rules: pronounce a word that is not in the dictionary.

Each letter yields no, one or two phones. The longest context of letters around it that was seen in training decides.
The table beside this file holds some 24,000 such contexts, learnt from the dictionary in the PocketSphinx wheel by
`make learn-letter-to-sound`.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

TABLE_PATH = Path(__file__).with_name("letter_to_sound.json.gz")
# (letters to the left, letters to the right), from the weakest context to the strongest
CONTEXTS = ((0, 0), (0, 1), (1, 1), (1, 2), (2, 2), (2, 3), (3, 3), (4, 4))
WORD_EDGE = "####"

Phones = tuple[str, ...]


def pronounce(word: str, *, strongest_context: int = len(CONTEXTS)) -> Phones:
    """`strongest_context`: fewer contexts generalise more and can give a second pronunciation."""
    table = _table()
    padded = WORD_EDGE + word + WORD_EDGE
    phones: list[str] = []
    for position in range(len(WORD_EDGE), len(WORD_EDGE) + len(word)):
        for left, right in reversed(CONTEXTS[:strongest_context]):
            entry = table.get(context_key(padded, position, left, right))
            if entry is not None:
                phones += entry.split()
                break
    return tuple(phones)


def context_key(padded: str, position: int, left: int, right: int) -> str:
    """The table's key for a letter of a word with WORD_EDGE on both sides."""
    return f"{padded[position - left : position]}|{padded[position]}|{padded[position + 1 : position + 1 + right]}"


@lru_cache(maxsize=1)
def _table() -> Mapping[str, str]:
    table: dict[str, str] = json.loads(gzip.decompress(TABLE_PATH.read_bytes()))
    return table
