"""A backfill from its first listing to its summary: flat in memory, hurried by nobody, stopped at any moment."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from syncline.backfill.pairing import Found, FoundSet
from syncline.backfill.planning import UNDONE, Candidate, Place, Verdict, Wishes, candidates
from syncline.backfill.price import Workload
from syncline.backfill.sending import MOST, Outcome, Sender
from syncline.core import layout
from syncline.core.job import StoredObject
from syncline.jobs.job_updater import SENDER_TIMEOUT

# Batches under way at once. A kill leaves at most so many to be sent again.
BATCHES_AT_ONCE = 4


@dataclass(slots=True)
class Tally:
    """What has been seen and done so far; constant in size, whatever the number of objects."""

    objects: int = 0
    recordings: int = 0
    paired: int = 0
    lone_transcripts: int = 0
    listed: bool = False
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    workload: Workload = field(default_factory=Workload)
    began: float = field(default_factory=time.monotonic)

    def see(self, found: FoundSet) -> None:
        self.objects += len(found.files)
        self.recordings += len(found.recordings)
        self.paired += len(found.recordings) if found.transcript else 0
        self.lone_transcripts += 1 if found.transcript and not found.recordings else 0

    def count(self, outcome: Outcome) -> None:
        self.verdicts[outcome.verdict] += 1
        if outcome.verdict is Verdict.QUEUED:
            recording = outcome.candidate.recording
            extension = layout.extension_of(recording.key)
            self.workload.add(extension, recording.stored.size, outcome.options)

    @property
    def queued(self) -> int:
        return self.verdicts[Verdict.QUEUED]

    @property
    def decided(self) -> int:
        return self.verdicts.total()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    @property
    def complete(self) -> bool:
        return not any(self.verdicts[verdict] for verdict in UNDONE)


@dataclass(slots=True)
class Backfill:
    sender: Sender
    wishes: Wishes
    place: Place
    limit: int | None = None
    max_rate: float | None = None
    at_once: int = MOST
    tell: Callable[[Tally], None] = lambda _: None
    report: Callable[[Outcome], None] = lambda _: None
    patience_seconds: float = SENDER_TIMEOUT.total_seconds() + 5
    tally: Tally = field(default_factory=Tally)
    _later: list[Candidate] = field(default_factory=list)
    _under_way: dict[Future[list[Outcome]], int] = field(default_factory=dict)

    def run(self, found: Iterable[FoundSet]) -> Tally:
        """An interruption lets the batches that are under way end, so that the next run has nothing to mend."""
        with ThreadPoolExecutor(BATCHES_AT_ONCE, thread_name_prefix="batch") as executor:
            try:
                self._all(self._seen(found), executor)
                self._ask_again(executor)
            except BaseException:
                executor.shutdown(wait=True, cancel_futures=True)
                raise
        return self.tally

    def _all(self, wanted: Iterator[Candidate], executor: ThreadPoolExecutor) -> None:
        while True:
            batch = list(itertools.islice(wanted, self._room()))
            if not batch:
                break
            self._pause(len(batch))
            self._under_way[executor.submit(self.sender.process, batch)] = len(batch)
            self._collect(leave=BATCHES_AT_ONCE)
        self.tally.listed = True
        self._collect(leave=0)

    def _seen(self, found: Iterable[FoundSet]) -> Iterator[Candidate]:
        for each in found:
            if self.place.skips(each.stem):
                continue
            self.tally.see(each)
            if each.absent:
                self._settle([_absent(each.absent)])
            yield from candidates(each, self.wishes)

    def _room(self) -> int:
        """How many may be in the next batch. Before the limit is reached by those under way, they are waited for."""
        most = self.at_once if self.max_rate is None else max(1, min(self.at_once, int(self.max_rate)))
        if self.limit is None:
            return most
        if self.tally.queued + sum(self._under_way.values()) + most > self.limit:
            self._collect(leave=0)
        return max(0, min(most, self.limit - self.tally.queued))

    def _pause(self, count: int) -> None:
        if self.max_rate is None:
            return
        due = (self.tally.queued + sum(self._under_way.values()) + count) / self.max_rate
        time.sleep(max(0.0, due - self.tally.seconds))

    def _collect(self, *, leave: int) -> None:
        while len(self._under_way) > leave:
            done, _ = wait(self._under_way, return_when=FIRST_COMPLETED)
            for future in done:
                del self._under_way[future]
                self._settle(future.result())

    def _settle(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            if outcome.later:
                self._later.append(outcome.candidate)
                continue
            self.tally.count(outcome)
            self.report(outcome)
        self.tell(self.tally)

    def _ask_again(self, executor: ThreadPoolExecutor) -> None:
        """Those whose message somebody else was sending. Either he has sent it by now, or he is dead and we do."""
        deadline = time.monotonic() + self.patience_seconds
        while self._later and time.monotonic() < deadline:
            time.sleep(min(2.0, self.patience_seconds))
            waiting, self._later = self._later, []
            for start in range(0, len(waiting), self.at_once):
                batch = waiting[start : start + self.at_once]
                self._under_way[executor.submit(self.sender.process, batch)] = len(batch)
                self._collect(leave=BATCHES_AT_ONCE)
            self._collect(leave=0)
        for candidate in self._later:
            self.tally.count(Outcome(candidate, Verdict.UNSENT))
            self.report(Outcome(candidate, Verdict.UNSENT, "Its message was being sent by somebody else all the time."))


def _absent(key: str) -> Outcome:
    nothing = Candidate(Found(StoredObject(key, "", 0)), None, None)
    return Outcome(nothing, Verdict.ABSENT, "There is no such object.")
