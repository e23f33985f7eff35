"""The protocol that every speech engine implements.

An engine's package offers a function `create_engine(resources: EngineResources) -> Engine`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from syncline.core.alignment import Alignment
from syncline.core.lexicon import Lexicon
from syncline.core.progress import Progress
from syncline.core.spoken_languages import G2P2
from syncline.media.audio import Audio

if TYPE_CHECKING:
    from syncline.processes.pool import Pool


@dataclass(frozen=True, slots=True)
class EngineResources:
    """What an engine may use of the process that it runs in."""

    pool: Pool
    gentle_home: Path | None = None
    speech_model: str = ""
    models: Path | None = None
    g2p: str = G2P2


@dataclass(frozen=True, slots=True)
class AlignmentOptions:
    """The part of a job's options that changes what an engine does."""

    language: str = "en"
    conservative: bool = False
    disfluency: bool = False
    lexicon: Lexicon = ()


class Engine(Protocol):
    """Aligns a transcript with a recording, or recognises words without a transcript.

    `warnings` in the result's info (the "syncline" object) are sentences for users.
    """

    name: str
    version: str

    def align(self, audio: Audio, transcript: str, options: AlignmentOptions, progress: Progress) -> Alignment: ...

    def transcribe(self, audio: Audio, options: AlignmentOptions, progress: Progress) -> Alignment: ...
