"""Which records of a backfill are followed by their message: one write for a hundred of them.

A record says with which batch of which run its message goes, "<run>/<number>". An item per run says which batches have
gone. So a record is written once, and what a killed run left between records and messages can still be told:

    record written, batch not said to be sent, older than a batch may take      send again
    record written, batch said to be sent                                       in the queue
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
        self._begun = 0
        self._open: set[int] = set()
        self._others: dict[str, SentBatches] = {}

    def begin(self) -> int:
        with self._lock:
            self._begun += 1
            self._open.add(self._begun)
            return self._begun

    def name(self, number: int) -> str:
        return f"{self._run}/{number}"

    def sent(self, number: int) -> None:
        with self._lock:
            self._open.discard(number)
            # Written under the lock: an older truth must not be written over a newer one.
            self._store.put_sent_batches(self._run, SentBatches(self._begun, frozenset(self._open)))

    def empty(self, number: int) -> None:
        """Nothing was written with it, so nobody will ask."""
        with self._lock:
            self._open.discard(number)

    def is_sent(self, name: str) -> bool:
        """Of any run's batch. What was said once stays true, so only a no is asked for again."""
        run, _, number = name.partition("/")
        if run == self._run:
            with self._lock:
                return int(number) not in self._open
        if int(number) not in self._others.get(run, SentBatches()):
            self._others[run] = self._store.get_sent_batches(run)
        return int(number) in self._others[run]
