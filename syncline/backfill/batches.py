"""Remember which batches of messages have been sent, with one write for a hundred jobs.

A job record names the batch with which its message is sent: "<run>/<number>". One item per run lists the batches that
were sent. A record is therefore written only once, and the next run can complete what a killed run left behind:

    record written, batch not listed as sent, and older than a batch takes      send again
    record written, batch listed as sent                                        in the queue
"""

from __future__ import annotations

import threading
import uuid

from syncline.aws.store import JobStore, SentBatches


class Batches:
    def __init__(self, store: JobStore) -> None:
        self._store = store
        self._run = uuid.uuid4().hex
        self._lock = threading.Lock()
        self._last = 0
        self._open: set[int] = set()
        self._other_runs: dict[str, SentBatches] = {}

    def begin(self) -> int:
        """-> the number of a new batch."""
        with self._lock:
            self._last += 1
            self._open.add(self._last)
            return self._last

    def name(self, number: int) -> str:
        return f"{self._run}/{number}"

    def mark_sent(self, number: int) -> None:
        with self._lock:
            self._open.discard(number)
            # Written under the lock, so that an older list never overwrites a newer one.
            self._store.put_sent_batches(self._run, SentBatches(self._last, frozenset(self._open)))

    def discard(self, number: int) -> None:
        """Forget a batch that no record names."""
        with self._lock:
            self._open.discard(number)

    def is_sent(self, name: str) -> bool:
        """Whether a batch of any run was sent. A sent batch stays sent, so only a "no" is read again."""
        run, _, number = name.partition("/")
        if run == self._run:
            with self._lock:
                return int(number) not in self._open
        if int(number) not in self._other_runs.get(run, SentBatches()):
            self._other_runs[run] = self._store.get_sent_batches(run)
        return int(number) in self._other_runs[run]
