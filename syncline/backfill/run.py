"""Run a backfill: list, pair, enqueue, summarise. Memory stays constant; a run can be interrupted and resumed."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from syncline.backfill.pairing import ListedObject, ListedSet
from syncline.backfill.planning import ListedJob, RecordingStatus, Selection
from syncline.backfill.price import Workload
from syncline.backfill.sending import BATCH_SIZE, ProcessedJob, Sender
from syncline.core import layout
from syncline.core.job import StoredObject
from syncline.jobs.job_updater import SENDER_TIMEOUT

# Batches in progress at once. The next run may send as many batches again after a kill.
MAX_CONCURRENT_BATCHES = 4
DECIDE_AGAIN_SECONDS = 2.0


@dataclass(slots=True)
class Tally:
    """Counts of one run. Its size does not depend on the number of objects."""

    objects: int = 0
    recordings: int = 0
    paired: int = 0
    transcripts_without_recording: int = 0
    listed: bool = False
    statuses: Counter[RecordingStatus] = field(default_factory=Counter)
    workload: Workload = field(default_factory=Workload)
    began: float = field(default_factory=time.monotonic)

    def add_set(self, listed: ListedSet) -> None:
        self.objects += len(listed.files)
        self.recordings += len(listed.recordings)
        self.paired += len(listed.recordings) if listed.transcripts else 0
        self.transcripts_without_recording += 1 if listed.transcripts and not listed.recordings else 0

    def add(self, job: ProcessedJob) -> None:
        self.statuses[job.status] += 1
        if job.status is RecordingStatus.QUEUED:
            recording = job.listed.recording
            self.workload.add(layout.extension_of(recording.key), recording.stored.size, job.options)

    @property
    def queued(self) -> int:
        return self.statuses[RecordingStatus.QUEUED]

    @property
    def decided(self) -> int:
        return self.statuses.total()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    @property
    def complete(self) -> bool:
        return not self.statuses[RecordingStatus.NOT_SENT]


@dataclass(slots=True)
class Backfill:
    """`limit` and `max_rate` bound the jobs that are queued, in total and per second."""

    sender: Sender
    selection: Selection = field(default_factory=Selection)
    limit: int | None = None
    max_rate: float | None = None
    batch_size: int = BATCH_SIZE
    on_progress: Callable[[Tally], None] = lambda _: None
    on_processed: Callable[[ProcessedJob], None] = lambda _: None
    sender_timeout_seconds: float = SENDER_TIMEOUT.total_seconds() + 5
    tally: Tally = field(default_factory=Tally)
    _postponed: list[ListedJob] = field(default_factory=list)
    _in_progress: dict[Future[list[ProcessedJob]], int] = field(default_factory=dict)

    def run(self, sets: Iterable[ListedSet]) -> Tally:
        """Process every set. When interrupted, the batches in progress still complete."""
        with ThreadPoolExecutor(MAX_CONCURRENT_BATCHES, thread_name_prefix="batch") as executor:
            try:
                self._process_all(self._selected(sets), executor)
                self._process_postponed(executor)
            except BaseException:
                executor.shutdown(wait=True, cancel_futures=True)
                raise
        return self.tally

    def _process_all(self, jobs: Iterator[ListedJob], executor: ThreadPoolExecutor) -> None:
        while batch := list(itertools.islice(jobs, self._next_batch_size())):
            self._throttle(len(batch))
            self._submit(batch, executor)
        self.tally.listed = True
        self._collect(leave=0)

    def _submit(self, batch: list[ListedJob], executor: ThreadPoolExecutor) -> None:
        self._in_progress[executor.submit(self.sender.process, batch)] = len(batch)
        self._collect(leave=MAX_CONCURRENT_BATCHES)

    def _selected(self, sets: Iterable[ListedSet]) -> Iterator[ListedJob]:
        for listed in sets:
            if self._is_result(listed.stem):
                continue
            self.tally.add_set(listed)
            if listed.not_found:
                self._add([_not_found(listed.not_found)])
            yield from self.selection.jobs_in(listed)

    def _is_result(self, stem: str) -> bool:
        """Some results in the deployment's own bucket are named like transcripts."""
        return self.sender.source.name == self.sender.settings.bucket and stem.startswith(layout.RESULTS)

    def _next_batch_size(self) -> int:
        """0 once the limit is reached. Close to the limit, the batches in progress are awaited first."""
        size = self.batch_size if self.max_rate is None else max(1, min(self.batch_size, int(self.max_rate)))
        if self.limit is None:
            return size
        if self.tally.queued + sum(self._in_progress.values()) + size > self.limit:
            self._collect(leave=0)
        return max(0, min(size, self.limit - self.tally.queued))

    def _throttle(self, count: int) -> None:
        if self.max_rate is None:
            return
        due = (self.tally.queued + sum(self._in_progress.values()) + count) / self.max_rate
        time.sleep(max(0.0, due - self.tally.seconds))

    def _collect(self, *, leave: int) -> None:
        """Wait until at most `leave` batches are in progress."""
        while len(self._in_progress) > leave:
            done, _ = wait(self._in_progress, return_when=FIRST_COMPLETED)
            for future in done:
                del self._in_progress[future]
                self._add(future.result())

    def _add(self, jobs: Sequence[ProcessedJob]) -> None:
        for job in jobs:
            if job.decide_later:
                self._postponed.append(job.listed)
            else:
                self.tally.add(job)
                self.on_processed(job)
        self.on_progress(self.tally)

    def _process_postponed(self, executor: ThreadPoolExecutor) -> None:
        """Decide again about jobs whose message another process was sending, until that process has sent it or must
        have crashed."""
        deadline = time.monotonic() + self.sender_timeout_seconds
        while self._postponed and time.monotonic() < deadline:
            time.sleep(min(DECIDE_AGAIN_SECONDS, self.sender_timeout_seconds))
            jobs, self._postponed = self._postponed, []
            for start in range(0, len(jobs), self.batch_size):
                self._submit(jobs[start : start + self.batch_size], executor)
            self._collect(leave=0)
        reason = "Another process was enqueueing this job. Run the command again."
        self._add([ProcessedJob(listed, RecordingStatus.NOT_SENT, reason) for listed in self._postponed])


def _not_found(key: str) -> ProcessedJob:
    listed = ListedJob(ListedObject(StoredObject(key, "", 0)))
    return ProcessedJob(listed, RecordingStatus.NOT_FOUND, "There is no such object.")
