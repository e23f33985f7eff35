"""The jobs that run in this process now: the lease keeper extends their leases, a stopping worker hands them back."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from syncline.aws.received_messages import ReceivedMessage
from syncline.pipeline.claim import Claim


@dataclass(slots=True, eq=False)
class RunningJob:
    """`timed_out_at` is when the lease keeper failed the job because its time was over."""

    claim: Claim
    message: ReceivedMessage
    seconds_allowed: float
    started_at: float = field(default_factory=time.monotonic)
    timed_out_at: float | None = None

    @property
    def job_id(self) -> str:
        return self.claim.job.job_id

    def is_overdue(self, now: float) -> bool:
        return now - self.started_at > self.seconds_allowed


class RunningJobs:
    """Safe to use from any thread."""

    def __init__(self) -> None:
        self._jobs: list[RunningJob] = []
        self._lock = threading.Lock()

    def __len__(self) -> int:
        with self._lock:
            return len(self._jobs)

    def __iter__(self) -> Iterator[RunningJob]:
        """The jobs of this moment; jobs may start and end during the iteration."""
        with self._lock:
            jobs = list(self._jobs)
        return iter(jobs)

    @contextlib.contextmanager
    def track(self, job: RunningJob) -> Iterator[RunningJob]:
        with self._lock:
            self._jobs.append(job)
        try:
            yield job
        finally:
            with self._lock:
                self._jobs.remove(job)
