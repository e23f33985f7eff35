"""The protocol that every speech engine implements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from syncline.core.alignment import Alignment
from syncline.core.progress import Progress
from syncline.media.audio import Audio


@dataclass(frozen=True, slots=True)
class AlignmentOptions:
    """The part of a job's options that changes what an engine does."""

    language: str = "en"
    conservative: bool = False
    disfluency: bool = False


class Engine(Protocol):
    """Aligns words with a recording, or recognises words where there is no transcript.

    `warnings` in the result's info (the "syncline" object) are sentences for people.
    """

    name: str
    version: str

    def align(self, audio: Audio, transcript: str, options: AlignmentOptions, progress: Progress) -> Alignment: ...

    def transcribe(self, audio: Audio, options: AlignmentOptions, progress: Progress) -> Alignment: ...
