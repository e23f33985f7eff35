"""In-memory S3, DynamoDB and SQS for tests, and a scheduler that interleaves tasks.

tests/integration/aws/test_contracts.py runs the same tests against these classes and against the real ones.

Every call to one of them is a step. A task pauses before each step until the schedule lets it continue. A test can
therefore play any interleaving of several receptions, and let any of them crash at any step.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from syncline.aws.bucket import ObjectGoneError
from syncline.aws.deployment import Deployment
from syncline.aws.notifications import EventBus
from syncline.aws.queue import Unsent
from syncline.aws.settings import Settings
from syncline.aws.store import RecordStore, WriteConflictError, from_item, to_item
from syncline.core.deletion import Deletion
from syncline.core.errors import StaleRevisionError
from syncline.core.job import Job, StoredObject
from syncline.core.message import JobMessage

STEP_SECONDS = 10.0


class CrashError(BaseException):
    """The process crashed. Not an Exception, so that the code under test cannot catch it."""


class Task(threading.Thread):
    """One reception of one event, executed step by step."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self._resume, self._paused = threading.Semaphore(0), threading.Semaphore(0)
        self._crashes = False
        self.over = False
        self.outcome: BaseException | None = None

    def run(self) -> None:
        _current.task = self
        try:
            self.pause()
            self._work()
        except BaseException as error:
            self.outcome = error
        finally:
            self.over = True
            self._paused.release()

    def pause(self) -> None:
        self._paused.release()
        assert self._resume.acquire(timeout=STEP_SECONDS)
        if self._crashes:
            raise CrashError

    def begin(self) -> None:
        self.start()
        assert self._paused.acquire(timeout=STEP_SECONDS)

    def step(self, *, crash: bool = False) -> None:
        """Continue up to the next call to the cloud."""
        self._crashes = crash
        self._resume.release()
        assert self._paused.acquire(timeout=STEP_SECONDS)


_current = threading.local()


def _pause() -> None:
    task = getattr(_current, "task", None)
    if task is not None:
        task.pause()


@dataclass
class MemoryBucket:
    name: str = "b"
    objects: dict[str, bytes] = field(default_factory=dict)
    times: dict[str, datetime] = field(default_factory=dict)  # of uploads that are not from long ago

    def sibling(self, name: str) -> MemoryBucket:
        assert name == self.name
        return self

    def stored(self, key: str) -> StoredObject:
        body = self.objects[key]
        return StoredObject(key, hashlib.md5(body).hexdigest(), len(body))

    def list(self, prefix: str, *, after: str = "") -> Iterator[StoredObject]:
        _pause()
        keys = sorted((key for key in self.objects if key.startswith(prefix) and key > after), key=str.encode)
        return iter([self.stored(key) for key in keys])

    def head(self, key: str) -> tuple[StoredObject, dict[str, str]] | None:
        _pause()
        return (self.stored(key), {}) if key in self.objects else None

    def read(self, key: str, *, at_most: int | None = None) -> bytes:
        _pause()
        if key not in self.objects:
            raise ObjectGoneError(key)
        return self.objects[key][:at_most]

    def modified(self, key: str) -> datetime | None:
        _pause()
        return self.times.get(key, datetime(2026, 1, 1, tzinfo=UTC)) if key in self.objects else None

    def etag(self, key: str) -> str | None:
        found = self.head(key)
        return found[0].etag if found else None

    def replace(self, key: str, body: bytes, *, seen_etag: str | None) -> str:
        _pause()
        current = self.stored(key).etag if key in self.objects else None
        if current != seen_etag:
            raise StaleRevisionError(key)
        self.objects[key] = body
        return self.stored(key).etag

    def remove(self, key: str, *, seen_etag: str) -> None:
        _pause()
        if key in self.objects and self.stored(key).etag == seen_etag:
            del self.objects[key]


class NoMetadata:
    """Stands for the index of metadata."""

    def delete(self, job: Job, *, keep: Iterable[str] = ()) -> None:
        pass


@dataclass
class MemoryStore(RecordStore):
    conflict_pause_seconds: ClassVar[float] = 0.0
    jobs: dict[str, Job] = field(default_factory=dict)
    deletions: dict[str, Deletion] = field(default_factory=dict)

    def get(self, job_id: str) -> Job | None:
        _pause()
        return self.jobs.get(job_id)

    def get_many(self, job_ids: list[str]) -> list[Job]:
        _pause()
        return [self.jobs[job_id] for job_id in job_ids if job_id in self.jobs]

    def put(self, job: Job) -> Job:
        _pause()
        self._check_unchanged(job)
        written = replace(job, version=job.version + 1)
        self.jobs[job.job_id] = from_item(to_item(written))  # with lists for tuples, as DynamoDB returns them
        return written

    def index(self, jobs: Sequence[Job]) -> None:
        """Nothing in memory searches."""

    @property
    def metadata(self) -> NoMetadata:
        return NoMetadata()

    def put_deletion(self, deletion: Deletion) -> None:
        _pause()
        self.deletions[deletion.job_id] = deletion

    def get_deletion(self, job_id: str) -> Deletion | None:
        _pause()
        return self.deletions.get(job_id)

    def delete(self, job: Job) -> None:
        _pause()
        self._check_unchanged(job)
        del self.jobs[job.job_id]

    def _check_unchanged(self, job: Job) -> None:
        current = self.jobs.get(job.job_id)
        if (current.version if current else 0) != job.version or (current and current.created_at != job.created_at):
            raise WriteConflictError


@dataclass
class MemoryQueue:
    sent: list[tuple[str, str]] = field(default_factory=list)  # job ids and revisions

    def send(self, job_id: str, revision: str, *, queue: str) -> None:
        _pause()
        self.sent.append((job_id, revision))

    def send_many(self, messages: Sequence[JobMessage], *, queue: str) -> list[Unsent]:
        for message in messages:
            self.send(message.job_id, message.revision, queue=queue)
        return []


@dataclass
class MemoryWorld:
    """A deployment in memory, and its time of day."""

    bucket: MemoryBucket = field(default_factory=MemoryBucket)
    store: MemoryStore = field(default_factory=MemoryStore)
    queue: MemoryQueue = field(default_factory=MemoryQueue)
    now: datetime = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    @property
    def deployment(self) -> Deployment:
        cloud: Any = (self.bucket, self.store, self.queue)
        unused: Any = None
        return Deployment(Settings(bucket=self.bucket.name), *cloud, EventBus(unused, None), unused)

    def clock(self) -> datetime:
        return self.now


def play(tasks: list[Task], choices: Callable[[int], int], crash: Callable[[], bool]) -> None:
    """Let the tasks continue in the order that `choices` picks, until each has ended or crashed."""
    for task in tasks:
        task.begin()
    while alive := [task for task in tasks if not task.over]:
        alive[choices(len(alive))].step(crash=crash())
    for task in tasks:
        task.join(STEP_SECONDS)
        unexpected: Any = task.outcome
        if unexpected is not None and not isinstance(unexpected, CrashError | Exception):
            raise unexpected
