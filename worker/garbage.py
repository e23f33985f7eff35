"""Run Python's garbage collector between jobs.

A collection of the oldest generation visits every object of the process and stops all of its threads, the heartbeat
too: 100 ms and more while a job holds a long transcript. The younger generations are small and stay automatic. Objects
that cycles keep alive are few, so the oldest generation can wait until the worker is idle.
"""

from __future__ import annotations

import gc
from collections.abc import Callable

IDLE_SECONDS = 60.0  # between two collections while no job runs
BUSY_SECONDS = 3600.0  # after so long without an idle moment, a pause is better than a growing process
_NEVER = 1_000_000_000


class GarbageCollection:
    def __init__(self, collect: Callable[[], object] = gc.collect) -> None:
        self._collect = collect
        self._last = 0.0

    def take_over(self, now: float) -> None:
        """What the process has loaded by now lives as long as the process: no collection needs to visit it."""
        youngest, middle, _ = gc.get_threshold()
        gc.collect()
        gc.freeze()
        gc.set_threshold(youngest, middle, _NEVER)
        self._last = now

    def tick(self, now: float, *, busy: bool) -> None:
        if now - self._last >= (BUSY_SECONDS if busy else IDLE_SECONDS):
            self._last = now
            self._collect()
