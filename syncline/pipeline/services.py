"""What a worker process holds for all of its jobs: connections, the alignment pool, the engines."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from syncline.aws.deployment import Deployment
from syncline.core.errors import InvalidOptionsError
from syncline.pipeline.claim import Claims
from syncline.pipeline.running_jobs import Running
from syncline.processes.pool import Pool
from syncline.speech.engine import Engine

if TYPE_CHECKING:
    from syncline.translation import TranslationModel

WINDOW_SECONDS_AT_MOST = 300.0  # one window is some seconds of audio: a pool task that takes longer hangs


@dataclass(frozen=True, slots=True)
class Services:
    deployment: Deployment
    pool: Pool
    folder: Path  # where jobs put their temporary files
    running: Running = field(default_factory=Running)
    worker: str = field(default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}")

    @property
    def claims(self) -> Claims:
        return Claims(self.deployment.store, self.worker, self.deployment.settings.lease_seconds)

    def engine(self, name: str) -> Engine:
        return make_engine(name, self.pool, gentle_home=self.deployment.settings.gentle_home)

    def translation_model(self) -> TranslationModel:
        """One for all jobs: opened by the first that needs it."""
        from syncline.translation import open_model

        return open_model(self.deployment.settings.translation_model, self.deployment.settings.models)


def make_engine(name: str, pool: Pool, *, gentle_home: Path | None) -> Engine:
    makers: dict[str, Callable[[], Engine]] = {
        "pocketsphinx": lambda: _pocketsphinx(pool),
        "gentle": lambda: _gentle(gentle_home, pool),
    }
    if name not in makers:
        raise InvalidOptionsError(
            f"The engine “{name}” is not installed in this worker.",
            code="engine_missing",
            hint=f"Installed are: {', '.join(makers)}.",
        )
    return makers[name]()


def _pocketsphinx(pool: Pool) -> Engine:
    from syncline.speech.pocketsphinx import PocketSphinxEngine

    return PocketSphinxEngine(pool)


def _gentle(home: Path | None, pool: Pool) -> Engine:
    from syncline.speech.gentle import GentleEngine

    return GentleEngine(home, threads=pool.processes, embedded=_pocketsphinx(pool))
