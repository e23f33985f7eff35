"""A decoded recording: what the decoder writes and the speech engines read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SAMPLE_RATE = 16_000


@dataclass(frozen=True, slots=True)
class Audio:
    """Raw 16 kHz mono 16-bit little-endian samples in a file: hours of them do not fit in memory."""

    path: Path
    samples: int

    @property
    def seconds(self) -> float:
        return self.samples / SAMPLE_RATE
