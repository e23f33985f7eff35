"""Keep what this worker runs, once a second: leases, message visibility, the liveness file and scale-in protection."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from syncline.pipeline.lease_keeper import TICK_SECONDS, LeaseKeeper
from syncline.pipeline.running_jobs import RunningJobs
from worker.garbage import GarbageCollection
from worker.liveness import LivenessFile
from worker.protection import ScaleInProtection

logger = logging.getLogger(__name__)

LIVENESS_INTERVAL_SECONDS = 5.0
MAX_STALLED_TICKS = 60  # ticks, not seconds: a frozen process that wakes up again has missed none


class Heartbeat:
    """`is_consuming` says whether the consumer and the receivers still ask for messages. While they do not, the
    liveness file grows old, and the container's health check fails. `stop_worker` stops this worker in an orderly way.
    """

    def __init__(
        self,
        keeper: LeaseKeeper,
        running: RunningJobs,
        protection: ScaleInProtection,
        liveness: LivenessFile,
        *,
        is_consuming: Callable[[], bool],
        stop_worker: Callable[[str], None],
        garbage: GarbageCollection | None = None,
    ) -> None:
        self._keeper = keeper
        self._running = running
        self._protection = protection
        self._liveness = liveness
        self._is_consuming = is_consuming
        self._stop_worker = stop_worker
        self._garbage = garbage or GarbageCollection()
        self._stopped = threading.Event()
        self._stalled_ticks = 0
        self._next_touch = 0.0

    def start(self) -> None:
        self._garbage.take_over(time.monotonic())
        threading.Thread(target=self._run, name="heartbeat", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def tick(self, now: float) -> None:
        self._keeper.tick(now)
        if self._keeper.has_hung_jobs(now):
            self._stop_worker("a job hangs, and its thread cannot be ended")
        if self._check_consumer() and now >= self._next_touch:
            self._next_touch = now + LIVENESS_INTERVAL_SECONDS
            self._liveness.touch()
        self._protection.set(len(self._running) > 0)
        self._garbage.tick(now, busy=len(self._running) > 0)

    def _run(self) -> None:
        while not self._stopped.wait(TICK_SECONDS):
            try:
                self.tick(time.monotonic())
            except Exception:  # the other jobs need the next tick
                logger.exception("a heartbeat failed")

    def _check_consumer(self) -> bool:
        consuming = self._is_consuming()
        self._stalled_ticks = 0 if consuming else self._stalled_ticks + 1
        if self._stalled_ticks >= MAX_STALLED_TICKS:
            self._stop_worker("the consumer no longer asks for messages")
        return consuming
