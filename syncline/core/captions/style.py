"""How captions look: characters per line and reading speed, by language."""

from __future__ import annotations

from dataclasses import dataclass

SHORTEST_MS = 833  # five sixths of a second
LONGEST_MS = 7000
SHORTEST_AT_END_MS = 500  # at the end of the recording, where no time to read is left: start earlier, do not flash
GAP_MS = 84  # two frames at 24 a second: without a gap, two cues in a row look like one that flickers


@dataclass(frozen=True, slots=True)
class Style:
    """Widths count columns: a full-width character takes two."""

    columns: int
    columns_per_second: float


LATIN = Style(columns=42, columns_per_second=17)
STYLES = {
    "ja": Style(columns=32, columns_per_second=8),
    "zh": Style(columns=32, columns_per_second=18),
    "ko": Style(columns=32, columns_per_second=24),
    "th": Style(columns=35, columns_per_second=17),
}


def style_of(language: str) -> Style:
    return STYLES.get(language, LATIN)
