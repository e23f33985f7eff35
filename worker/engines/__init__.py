"""What an aligner is. One module (or package) beside this file per engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from syncline.alignment import Alignment

SAMPLE_RATE = 16_000
Progress = Callable[[float], None]  # told how much of the work is done, 0..1


@dataclass(frozen=True, slots=True)
class Audio:
    """A decoded recording: raw 16 kHz mono 16-bit little-endian samples in a file (hours do not fit in memory)."""

    path: Path
    samples: int

    @property
    def seconds(self) -> float:
        return self.samples / SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class AlignmentWishes:
    """The part of a job's options that changes what an engine does."""

    language: str = "en"
    conservative: bool = False
    disfluency: bool = False


class Engine(Protocol):
    """Aligns words with a recording, or recognises words where there is no transcript.

    `warnings` on the result's info ("syncline" object) are sentences for people.
    """

    name: str
    version: str

    def align(self, audio: Audio, transcript: str, wishes: AlignmentWishes, progress: Progress) -> Alignment: ...

    def transcribe(self, audio: Audio, wishes: AlignmentWishes, progress: Progress) -> Alignment: ...
