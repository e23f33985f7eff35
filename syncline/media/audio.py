"""A decoded recording. The decoder writes it and the speech engines read it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SAMPLE_RATE = 16_000


@dataclass(frozen=True, slots=True)
class Audio:
    """Raw 16 kHz mono 16-bit little-endian samples in a file, because hours of samples do not fit in memory."""

    path: Path
    samples: int

    @property
    def seconds(self) -> float:
        return self.samples / SAMPLE_RATE
