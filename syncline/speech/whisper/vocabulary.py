"""Whisper's tokens as text. Only decoding is needed, so no tokeniser library is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path


class Vocabulary:
    def __init__(self, folder: Path) -> None:
        self._tokens = read_tokens(folder)

    def text_of(self, ids: Sequence[int]) -> str:
        """Special tokens have no text."""
        written = "".join(token for token in map(self._tokens.__getitem__, ids) if not token.startswith("<|"))
        return bytes(map(_byte_of().__getitem__, written)).decode("utf-8", "replace")


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
