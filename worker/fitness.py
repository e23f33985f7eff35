"""Take a worker out of service that can run no job: without credentials, without rights, with a full disk.

It takes no more messages. Its liveness file is no longer touched, so its health check fails, and after a minute the
heartbeat stops it with an exit code that asks for a replacement.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field

from syncline.core.errors import ProcessUnfitError
from worker.deliveries import InFlightMessages

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Fitness:
    in_flight: InFlightMessages
    reason: ProcessUnfitError | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_fit(self) -> bool:
        return self.reason is None

    def report(self, reason: ProcessUnfitError) -> None:
        """Log the first reason, and accept no more messages."""
        with self._lock:
            if self.reason is not None:
                return
            self.reason = reason
        logger.error(
            "this worker can run no job, and takes no more messages: %s",
            reason.message,
            extra={"code": reason.code, "hint": reason.hint},
        )
        self.in_flight.close()

    def reason_to_stop(self, symptom: str) -> str:
        return self.reason.message if self.reason else symptom
