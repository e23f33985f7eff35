"""S3, DynamoDB and SQS in memory, as far as the intake uses them, and a scheduler that decides who goes on when.

Every call to one of them is a step. A task stands still before each step until the schedule lets it go on, so that
any interleaving of several receptions can be played, and any of them can be made to die at any step.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from syncline.aws.bucket import ObjectGoneError
from syncline.aws.store import WriteConflictError
from syncline.core.errors import StaleRevisionError
from syncline.core.job import Job, StoredObject

STEP_SECONDS = 10.0


class CrashError(BaseException):
    """The process died. Not an Exception: no code of ours may catch it and go on."""


class Task(threading.Thread):
    """One reception of one event, which goes on step by step."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self._go, self._stands = threading.Semaphore(0), threading.Semaphore(0)
        self._dies = False
        self.over = False
        self.outcome: BaseException | None = None

    def run(self) -> None:
        _current.task = self
        try:
            self.stand_still()
            self._work()
        except BaseException as error:
            self.outcome = error
        finally:
            self.over = True
            self._stands.release()

    def stand_still(self) -> None:
        self._stands.release()
        assert self._go.acquire(timeout=STEP_SECONDS)
        if self._dies:
            raise CrashError

    def begin(self) -> None:
        self.start()
        assert self._stands.acquire(timeout=STEP_SECONDS)

    def step(self, *, dies: bool = False) -> None:
        """Up to the next call to the cloud."""
        self._dies = dies
        self._go.release()
        assert self._stands.acquire(timeout=STEP_SECONDS)


_current = threading.local()


def _pause() -> None:
    task = getattr(_current, "task", None)
    if task is not None:
        task.stand_still()


@dataclass
class MemoryBucket:
    name: str = "b"
    objects: dict[str, bytes] = field(default_factory=dict)

    def sibling(self, name: str) -> MemoryBucket:
        assert name == self.name
        return self

    def stored(self, key: str) -> StoredObject:
        body = self.objects[key]
        return StoredObject(key, hashlib.md5(body).hexdigest(), len(body))

    def list(self, prefix: str) -> Iterator[StoredObject]:
        _pause()
        return iter([self.stored(key) for key in sorted(self.objects) if key.startswith(prefix)])

    def head(self, key: str) -> tuple[StoredObject, dict[str, str]] | None:
        _pause()
        return (self.stored(key), {}) if key in self.objects else None

    def read(self, key: str, *, at_most: int | None = None) -> bytes:
        _pause()
        if key not in self.objects:
            raise ObjectGoneError(key)
        return self.objects[key][:at_most]

    def etag(self, key: str) -> str | None:
        found = self.head(key)
        return found[0].etag if found else None

    def replace(self, key: str, body: bytes, *, seen_etag: str | None) -> None:
        _pause()
        there = self.stored(key).etag if key in self.objects else None
        if there != seen_etag:
            raise StaleRevisionError(key)
        self.objects[key] = body


@dataclass
class MemoryStore:
    jobs: dict[str, Job] = field(default_factory=dict)

    def get(self, job_id: str) -> Job | None:
        _pause()
        return self.jobs.get(job_id)

    def get_many(self, job_ids: list[str]) -> list[Job]:
        _pause()
        return [self.jobs[job_id] for job_id in job_ids if job_id in self.jobs]

    def put(self, job: Job) -> Job:
        _pause()
        self._unchanged(job)
        self.jobs[job.job_id] = written = replace(job, version=job.version + 1)
        return written

    def delete(self, job: Job) -> None:
        _pause()
        self._unchanged(job)
        del self.jobs[job.job_id]

    def _unchanged(self, job: Job) -> None:
        there = self.jobs.get(job.job_id)
        if (there.version if there else 0) != job.version:
            raise WriteConflictError


@dataclass
class MemoryQueue:
    sent: list[tuple[str, str]] = field(default_factory=list)

    def send(self, job_id: str, revision: str, *, queue: str) -> None:
        _pause()
        self.sent.append((job_id, revision))


def play(tasks: list[Task], choices: Callable[[int], int], crash: Callable[[], bool]) -> None:
    """Let the tasks go on in the order that `choices` picks, until all are over or dead."""
    for task in tasks:
        task.begin()
    while alive := [task for task in tasks if not task.over]:
        alive[choices(len(alive))].step(dies=crash())
    for task in tasks:
        task.join(STEP_SECONDS)
        unexpected: Any = task.outcome
        if unexpected is not None and not isinstance(unexpected, CrashError | Exception):
            raise unexpected
