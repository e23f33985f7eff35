"""Whether the worker on this machine is alive: a file that its heartbeat touches while it hears.

The container's health check runs `python -m worker.liveness`.
"""

from __future__ import annotations

import sys
import tempfile
import time
from functools import cache
from pathlib import Path

SECONDS_WITHOUT_SIGN = 60.0


@cache
def sign() -> Path:
    return Path(tempfile.gettempdir()) / "syncline-worker.alive"


def settle() -> None:
    """Before the process gets a temporary folder of its own: the check looks in the one that both know."""
    sign()


def touch() -> None:
    sign().touch()


def alive(*, now: float | None = None) -> bool:
    try:
        age = (now or time.time()) - sign().stat().st_mtime
    except FileNotFoundError:
        return False
    return abs(age) < SECONDS_WITHOUT_SIGN  # a sign from the future was given before the clock was set back


if __name__ == "__main__":
    sys.exit(0 if alive() else 1)
