"""How well each spoken language was aligned when it was last measured. `make bench-languages` writes the figures."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("language_quality.json")
CLEAN = "clean"


@dataclass(frozen=True, slots=True)
class Quality:
    """On clean recordings. Shares are 0..1, errors of word edges in milliseconds."""

    words: int
    found: float
    median: float
    mean: float
    within_50: float
    gross: float

    @property
    def meets_target(self) -> bool:
        good_edges = self.median <= 12 and self.mean <= 20 and self.within_50 >= 0.96
        return self.found >= 0.99 and good_edges and not self.gross


@lru_cache(maxsize=1)
def measured() -> dict[str, dict[str, Any]]:
    """language -> condition -> figures, as in the file."""
    return dict(json.loads(FILE.read_text(encoding="utf-8")))


def quality(language: str) -> Quality | None:
    """None if the language was not measured."""
    figures = measured().get(language, {}).get(CLEAN)
    if not figures:
        return None
    return Quality(**{name: figures[name] for name in Quality.__slots__})
