"""The jobs that run in this worker now: for the heartbeat, which keeps them, and for the stop, which ends them."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from syncline.pipeline.claim import Claim
from worker.deliveries import Delivery


@dataclass(slots=True, eq=False)
class RunningJob:
    claim: Claim
    delivery: Delivery
    seconds_allowed: float
    began: float
    ended_for_time: float | None = None  # when the heartbeat gave it up

    def out_of_time(self, *, now: float) -> bool:
        return now - self.began > self.seconds_allowed


class Running:
    def __init__(self) -> None:
        self._jobs: list[RunningJob] = []
        self._lock = threading.Lock()

    def __len__(self) -> int:
        with self._lock:
            return len(self._jobs)

    def jobs(self) -> list[RunningJob]:
        with self._lock:
            return list(self._jobs)

    @contextlib.contextmanager
    def job(self, claim: Claim, delivery: Delivery, *, seconds_allowed: float) -> Iterator[RunningJob]:
        job = RunningJob(claim, delivery, seconds_allowed, began=time.monotonic())
        with self._lock:
            self._jobs.append(job)
        try:
            yield job
        finally:
            with self._lock:
                self._jobs.remove(job)
