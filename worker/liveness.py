"""The liveness file: the heartbeat touches it while the worker consumes messages, the health check reads its age.

The container's health check runs `python -m worker.liveness`.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

NAME = "syncline-worker.alive"
MAX_AGE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class LivenessFile:
    path: Path

    @classmethod
    def of_this_machine(cls) -> LivenessFile:
        """Call this before the process gets a temporary folder of its own: the health check looks in the common one."""
        return cls(Path(tempfile.gettempdir()) / NAME)

    def touch(self) -> None:
        self.path.touch()

    def is_fresh(self, *, now: float | None = None) -> bool:
        try:
            age = (now or time.time()) - self.path.stat().st_mtime
        except FileNotFoundError:
            return False
        return abs(age) < MAX_AGE_SECONDS  # a time in the future: the clock was set back


if __name__ == "__main__":
    sys.exit(0 if LivenessFile.of_this_machine().is_fresh() else 1)
