"""Whisper's tokens: a byte pair encoding without the merge table, which the order of the tokens implies.

Of the token pairs in a word, the pair whose joined token has the lowest number is joined first. This is how the
encoding was learnt, so no tokeniser library is needed.
"""

from __future__ import annotations

import json
import re
from codecs import getincrementaldecoder
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

# Tokens do not cross the borders of such pieces: an ending, a word, a number or other signs with the space before it.
_PIECE = re.compile(r"'(?:s|t|re|ve|m|ll|d)| ?[^\W\d_]+| ?\d+| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+")


@dataclass(frozen=True, slots=True)
class Token:
    id: int
    piece: int  # where its piece begins in the text


class Vocabulary:
    def __init__(self, folder: Path) -> None:
        self._tokens = read_tokens(folder)
        self._ids = {token: number for number, token in enumerate(self._tokens)}

    def id_of(self, token: str) -> int:
        return self._ids[token]

    def tokens_of(self, text: str) -> list[Token]:
        return [
            Token(self._ids[part], match.start())
            for match in _PIECE.finditer(text)
            for part in self._parts(match.group())
        ]

    def _parts(self, piece: str) -> Iterator[str]:
        parts = [_character_of()[byte] for byte in piece.encode("utf-8", "replace")]
        while len(parts) > 1:
            ranks = [self._ids.get(one + other, len(self._ids)) for one, other in pairwise(parts)]
            best = min(range(len(ranks)), key=ranks.__getitem__)
            if ranks[best] == len(self._ids):
                break
            parts[best : best + 2] = [parts[best] + parts[best + 1]]
        return iter(parts)

    def without_special(self, ids: Sequence[int]) -> tuple[int, ...]:
        """Special tokens have no text."""
        return tuple(each for each in ids if not self._tokens[each].startswith("<|"))

    def text_of(self, ids: Sequence[int]) -> str:
        return b"".join(map(self._bytes_of, self.without_special(ids))).decode("utf-8", "replace")

    def characters_of(self, ids: Sequence[int]) -> list[int]:
        """How many characters of the text each token completes. Spaces around the text do not count."""
        decode = getincrementaldecoder("utf-8")("replace").decode
        pieces = [decode(self._bytes_of(each), final=number == len(ids)) for number, each in enumerate(ids, 1)]
        leading = len(text := "".join(pieces)) - len(text.lstrip())
        counts = []
        for piece in pieces:
            skipped = min(leading, len(piece))
            counts.append(len(piece) - skipped)
            leading -= skipped
        return counts

    def _bytes_of(self, token: int) -> bytes:
        return bytes(map(_byte_of().__getitem__, self._tokens[token]))


def read_tokens(folder: Path) -> list[str]:
    text, document = folder / "vocabulary.txt", folder / "vocabulary.json"
    if document.exists():
        return list(json.loads(document.read_text(encoding="utf-8")))
    return text.read_text(encoding="utf-8").removesuffix("\n").split("\n")


@cache
def _byte_of() -> dict[str, int]:
    """GPT-2 writes each byte as a printable character: itself if it is one, otherwise one from U+0100 on."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    table = {chr(byte): byte for byte in printable}
    return table | {chr(256 + index): byte for index, byte in enumerate(others)}


@cache
def _character_of() -> dict[int, str]:
    return {byte: character for character, byte in _byte_of().items()}
