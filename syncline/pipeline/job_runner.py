"""One job from message to result: a plain function, callable without a broker.

Whatever happens to a job is written in its record before its message is deleted. A message is deleted only when
the record says all that there is to say; in doubt it stays, and whoever gets it next reads the record again.
"""

from __future__ import annotations

import errno
import logging
import random
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from syncline.aws import clients
from syncline.core.errors import LimitExceededError, StaleRevisionError, SynclineError, TransientError
from syncline.core.job import Result
from syncline.jobs import final_record
from syncline.pipeline import limits, metrics
from syncline.pipeline.claim import Busy, Claim, NothingToDo
from syncline.pipeline.result_store import Shelf
from syncline.pipeline.running_jobs import RunningJob
from syncline.pipeline.services import Services
from syncline.pipeline.stages import Stages
from worker.deliveries import Delivery
from worker.logs import about

logger = logging.getLogger(__name__)

ATTEMPTS = 5  # of one revision, whatever ended the earlier ones
FIRST_PAUSE_SECONDS = 5.0
AFTER_THE_LEASE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Ending:
    """What becomes of the message: deleted if it has `served`, otherwise visible again after so many seconds.
    With neither it is left alone: somebody else has the job now, and perhaps this very message."""

    served: bool = False
    seconds: float | None = None

    @classmethod
    def again(cls, seconds: float) -> Ending:
        return cls(seconds=seconds)


SERVED = Ending(served=True)
LEFT_ALONE = Ending()


def process(job_id: str, revision: str, delivery: Delivery, services: Services) -> Ending:
    with about(job_id):
        try:
            claim = services.claims.take(job_id, revision)
            if isinstance(claim, NothingToDo):
                return _nothing_to_do(claim, services)
            if isinstance(claim, Busy):
                return _come_back_after(claim, delivery)
            return _run(claim, delivery, services)
        except StaleRevisionError as stale:
            logger.info("stopped: %s", stale.message)
            return LEFT_ALONE
        except (ClientError, BotoCoreError) as error:  # before there was a claim, or when its end could not be written
            logger.warning("later: %s", error)
            return Ending.again(_pause(delivery.receives))


def _nothing_to_do(found: NothingToDo, services: Services) -> Ending:
    logger.info("nothing to do")
    if found.job is not None:  # finished; perhaps by a worker that died before it could tell everybody
        final_record.publish_if_missing(services.deployment, found.job)
    return SERVED


def _come_back_after(busy: Busy, delivery: Delivery) -> Ending:
    """When the lease has run out if nobody extends it; later each time that somebody did, since every look counts
    as a receive, and too many end in the dead-letter queue."""
    seconds = (max(0.0, busy.seconds) + AFTER_THE_LEASE_SECONDS) * 2 ** max(0, delivery.receives - 2)
    logger.info("another worker holds the lease; again in %.0f seconds", seconds)
    return Ending.again(seconds)


def _run(claim: Claim, delivery: Delivery, services: Services) -> Ending:
    logger.info("started", extra={"revision": claim.job.revision, "attempt": claim.job.attempts})
    folder = Path(tempfile.mkdtemp(prefix="job-", dir=services.folder))
    allowed = limits.seconds_for(0, services.deployment.settings)
    try:
        with services.running.job(claim, delivery, seconds_allowed=allowed) as job:
            return _Attempt(job, services, folder).ending()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(slots=True)
class _Attempt:
    running: RunningJob
    services: Services
    folder: Path
    stages: Stages | None = None

    @property
    def claim(self) -> Claim:
        return self.running.claim

    def ending(self) -> Ending:
        try:
            self._check_attempts()
            return self._succeed()
        except StaleRevisionError:
            raise
        except SynclineError as error:
            return self._settle(error)
        except (ClientError, BotoCoreError) as error:
            return self._settle(clients.translated(error))
        except (ConnectionError, TimeoutError, HTTPError) as error:  # botocore lets some through while a body is read
            return self._settle(TransientError(f"A connection broke: {type(error).__name__}: {error}."))
        except OSError as error:
            return self._settle(_of_the_system(error))
        except Exception as error:
            logger.exception("a bug")
            return self._settle(SynclineError(f"Syncline failed: {type(error).__name__}: {error}.", code="internal"))

    def _check_attempts(self) -> None:
        if self.claim.job.attempts > ATTEMPTS:
            raise LimitExceededError(
                f"The job was started {ATTEMPTS} times and never finished: its workers died.",
                code="workers_died",
                hint="See the workers' logs for what killed them (memory?), then retry the job.",
            )

    def _succeed(self) -> Ending:
        shelf = Shelf(self.services.deployment.bucket, self.claim)
        self.stages = Stages(self.running, self.services, self.folder, shelf)
        stats, warnings = self.stages.run()
        deployment = self.services.deployment
        seen = final_record.file_etag(deployment, self.claim.job)
        job = self.claim.succeed(shelf.results, stats, warnings)
        logger.info("succeeded", extra={"revision": job.revision, "stats": stats})
        self._count()
        final_record.publish(deployment, job, seen)
        return SERVED

    def _settle(self, error: SynclineError) -> Ending:
        if self.claim.over:
            logger.warning("stopped: %s", error)
            # Our own ending is in the record, and only the telling failed; or somebody else has the job.
            return Ending.again(FIRST_PAUSE_SECONDS) if self.claim.job.final else LEFT_ALONE
        attempts = self.claim.job.attempts
        if not isinstance(error, TransientError):
            return self._fail(error)
        if attempts >= ATTEMPTS:
            return self._fail(_lasting(error))
        logger.warning("handed back: %s", error.message, extra={"attempt": attempts})
        metrics.job_handed_back(self.claim.release())
        return Ending.again(_pause(attempts))

    def _fail(self, error: SynclineError) -> Ending:
        logger.warning("failed: %s", error.message, extra={"code": error.code, "hint": error.hint})
        deployment = self.services.deployment
        seen = final_record.file_etag(deployment, self.claim.job)
        job = self.claim.fail(error, self._finished())
        self._count()
        final_record.publish(deployment, job, seen)
        return SERVED

    def _finished(self) -> tuple[Result, ...]:
        """Of a job that failed late: its alignment stands, even if a translation is missing."""
        return self.stages.shelf.results if self.stages else ()

    def _count(self) -> None:
        delivery = self.running.delivery
        metrics.job_ended(
            self.claim.job,
            stages=self.stages.seconds if self.stages else {},
            queue_wait_seconds=max(0.0, delivery.received_at - delivery.sent_at) if delivery.receives == 1 else None,
        )


def _of_the_system(error: OSError) -> SynclineError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return limits.disk_full(f"The worker's disk is full: {error}.")
    return SynclineError(f"The worker's system refused: {error}.", code="system", hint="See the worker's log.")


def _lasting(error: TransientError) -> TransientError:
    return TransientError(
        f"{error.message} This was the last of {ATTEMPTS} attempts.",
        code=error.code,
        hint="Retry the job when AWS answers again.",
    )


def _pause(attempt: int) -> float:
    """Twice as long each time, and never the same for two jobs, which would meet again otherwise."""
    doubled = FIRST_PAUSE_SECONDS * float(2 ** (attempt - 1))
    return doubled * random.uniform(0.5, 1.5)  # noqa: S311
