"""A real worker with an engine that executes the transcript: `sleep 3`, `burn 1.0`, `hang`, `die` and others."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from syncline.aws import settings
from syncline.core.alignment import SUCCESS, Alignment, Word
from syncline.core.errors import EngineError, TransientError
from syncline.core.progress import Progress
from syncline.media.audio import Audio
from syncline.processes.parent_death import exit_with_parent
from syncline.processes.pool import SandboxedPool
from syncline.speech.engine import AlignmentOptions
from worker import logs
from worker.runtime import run


def burn(seconds: float) -> float:
    began = time.process_time()
    while time.process_time() - began < seconds:
        sum(range(1000))
    return seconds


class ObedientEngine:
    name, version = "pocketsphinx", "stand-in"

    def __init__(self, pool: SandboxedPool) -> None:
        self._pool = pool

    def align(self, audio: Audio, transcript: str, options: AlignmentOptions, progress: Progress) -> Alignment:
        self._obey(transcript.split(), progress)
        words = [
            Word(SUCCESS, word, 0.1 * index, 0.1 * index + 0.1, offset, offset + len(word), word)
            for index, (word, offset) in enumerate(_words(transcript))
        ]
        return Alignment(transcript, tuple(words), {"engine": self.name, "engine_version": self.version})

    def transcribe(self, audio: Audio, options: AlignmentOptions, progress: Progress) -> Alignment:
        raise EngineError("The stand-in does not transcribe.")

    def _obey(self, words: list[str], progress: Progress) -> None:
        command, amount = words[0], float(words[1]) if len(words) > 1 else 0.0
        if command == "sleep":
            ends = time.monotonic() + amount
            while time.monotonic() < ends:
                time.sleep(0.05)
                progress(0.5)
        elif command == "burn":
            from tests.standin_worker import burn as burn_in_child  # children do not import the main module

            list(self._pool.run(burn_in_child, [amount]))
        elif command == "hang":
            time.sleep(3600)
        elif command == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        elif command == "fail":
            raise TransientError("AWS answered SlowDown.")
        elif command == "exit":
            sys.exit("the engine exits")
        elif command == "bug":
            raise ZeroDivisionError("a bug in the engine")


def _words(transcript: str) -> list[tuple[str, int]]:
    found, offset = [], 0
    for word in transcript.split():
        offset = transcript.index(word, offset)
        found.append((word, offset))
        offset += len(word)
    return found


def main() -> int:
    exit_with_parent()
    logs.set_up()
    return run(settings.read(os.environ), wait_seconds=1, engine_factory=lambda pool: lambda name: ObedientEngine(pool))


if __name__ == "__main__":  # the pool's child processes import this file
    sys.exit(main())
