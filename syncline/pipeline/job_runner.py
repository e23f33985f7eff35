"""Run one job from its message to its results. Nothing here knows Celery or Lambda.

Every outcome is written to the job record before the job's message is deleted. In doubt the message stays, and the
worker that receives it next reads the record again.
"""

from __future__ import annotations

import errno
import logging
import os
import random
import shutil
import socket
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from syncline.aws import clients
from syncline.aws.received_messages import ReceivedMessage
from syncline.core.errors import (
    LimitExceededError,
    ProcessBusyError,
    ProcessUnfitError,
    StaleRevisionError,
    SynclineError,
    TransientError,
)
from syncline.core.job import Job, Result
from syncline.core.results import RECORD_NAME
from syncline.jobs import deletion, final_record
from syncline.pipeline import fitness, limits, metrics
from syncline.pipeline.claim import Busy, Claim, Claims, NothingToDo
from syncline.pipeline.job_logging import logging_job
from syncline.pipeline.result_store import ResultStore
from syncline.pipeline.running_jobs import RunningJob, RunningJobs
from syncline.pipeline.services import JobServices
from syncline.pipeline.settlement import DELETE, RELEASE, Settlement, retry_later
from syncline.pipeline.stages import JobStages

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5  # of one revision, whatever ended the earlier ones
FIRST_PAUSE_SECONDS = 5.0
AFTER_LEASE_SECONDS = 1.0


class JobRunner:
    """Safe to use from several threads at once; `running` lists the jobs that run now.

    `on_unfit` is called when this process turns out to be unable to run any job. The job is handed back.
    """

    def __init__(
        self,
        services: JobServices,
        running: RunningJobs,
        *,
        worker: str | None = None,
        first_pause_seconds: float = FIRST_PAUSE_SECONDS,
        on_unfit: Callable[[ProcessUnfitError], None] = lambda error: None,
    ) -> None:
        self.worker = worker or f"{socket.gethostname()}-{os.getpid()}"
        self._services = services
        self._running = running
        self._first_pause_seconds = first_pause_seconds
        self._on_unfit = on_unfit
        deployment = services.deployment
        self._claims = Claims(deployment.store, self.worker, deployment.settings.lease_seconds)

    def run(self, job_id: str, revision: str, message: ReceivedMessage) -> Settlement:
        """Run the job that the message names. -> what to do with the message."""
        with logging_job(job_id):
            try:
                claim = self._claims.take(job_id, revision)
                if isinstance(claim, NothingToDo):
                    return self._complete(job_id, claim.job)
                if isinstance(claim, Busy):
                    return _retry_after_lease(claim, message)
                return self._run_claimed(claim, message)
            except StaleRevisionError as stale:
                logger.info("stopped: %s", stale.message)
                return self._after_stop(job_id)
            except (ClientError, BotoCoreError, TransientError) as error:  # of the claim, or of writing the outcome
                logger.warning("retrying later: %s", error)
                if (unfit := fitness.unfitness(error)) is not None:
                    self._on_unfit(unfit)
                return retry_later(_pause(message.receive_count, self._first_pause_seconds))

    def _complete(self, job_id: str, job: Job | None) -> Settlement:
        """Nothing is left to run. If a worker died after it wrote the final record, publish what it did not. If it died
        after its job was deleted, delete what it wrote."""
        logger.info("nothing to do")
        if job is not None:
            final_record.publish_if_missing(self._services.deployment, job)
        deletion.remove_orphans(self._services.deployment, job_id)
        return DELETE

    def _after_stop(self, job_id: str) -> Settlement:
        """The job has moved on, or was deleted while this worker ran it."""
        try:
            return DELETE if deletion.remove_orphans(self._services.deployment, job_id) else RELEASE
        except (ClientError, BotoCoreError) as error:
            logger.warning("could not clean up after a deleted job: %s", error)
            return RELEASE

    def _run_claimed(self, claim: Claim, message: ReceivedMessage) -> Settlement:
        logger.info("started", extra={"revision": claim.job.revision, "attempt": claim.job.attempts})
        folder = Path(tempfile.mkdtemp(prefix="job-", dir=self._services.folder))
        job = RunningJob(claim, message, self._services.limits.seconds_for(0))  # until the decoder knows the duration
        try:
            with self._running.track(job):
                return _Attempt(
                    job, self._services, folder, self._first_pause_seconds, self._on_unfit, self._runs_one_job
                ).run()
        finally:
            _delete(folder)

    def _runs_one_job(self) -> bool:
        return len(self._running) <= 1


@dataclass(slots=True)
class _Attempt:
    """One attempt at a job, whose outcome goes into the record."""

    running: RunningJob
    services: JobServices
    folder: Path
    first_pause_seconds: float
    on_unfit: Callable[[ProcessUnfitError], None]
    is_alone: Callable[[], bool]
    stages: JobStages | None = None

    @property
    def claim(self) -> Claim:
        return self.running.claim

    def run(self) -> Settlement:
        try:
            self._check_attempts()
            return self._succeed()
        except StaleRevisionError:
            raise
        except Exception as error:
            alone = self.is_alone()
            _delete(self.folder)
            problem = _as_syncline_error(error)
            return self._end(fitness.judged(error, problem, self.claim.job, self.services, alone=alone))

    def _check_attempts(self) -> None:
        if self.claim.job.attempts > MAX_ATTEMPTS:
            raise LimitExceededError(
                f"The job was started {MAX_ATTEMPTS} times and never finished: its workers died.",
                code="workers_died",
                hint="See the workers' logs for what killed them (memory?), then retry the job.",
            )

    def _succeed(self) -> Settlement:
        deployment = self.services.deployment
        results = ResultStore(deployment.bucket, self.claim)
        self.stages = JobStages(self.running, self.services, self.folder, results)
        outcome = self.stages.run()
        seen = results.seen_etag(RECORD_NAME)
        job = self.claim.succeed(results.results, outcome.stats, outcome.warnings)
        logger.info("succeeded", extra={"revision": job.revision, "stats": outcome.stats})
        self._count()
        return self._publish(job, seen)

    def _end(self, error: SynclineError) -> Settlement:
        """Write the failure to the record, or hand the job back if trying again may help."""
        if self.claim.ended:
            logger.warning("stopped: %s", error)
            # Either the record is final and only publishing it failed, or another worker has the job.
            return retry_later(self.first_pause_seconds) if self.claim.job.final else RELEASE
        attempts = self.claim.job.attempts
        if isinstance(error, ProcessUnfitError):
            self.on_unfit(error)
        if isinstance(error, ProcessUnfitError | ProcessBusyError):
            return self._hand_back(error, self.running.message.receive_count, attempt_counts=False)
        if not isinstance(error, TransientError):
            return self._fail(error)
        if attempts >= MAX_ATTEMPTS:
            return self._fail(_last_attempt(error))
        return self._hand_back(error, attempts)

    def _hand_back(self, error: SynclineError, times: int, *, attempt_counts: bool = True) -> Settlement:
        logger.warning("handed back: %s", error.message, extra={"attempt": self.claim.job.attempts})
        metrics.job_handed_back(self.claim.release(attempt_counts=attempt_counts))
        return retry_later(_pause(times, self.first_pause_seconds))

    def _fail(self, error: SynclineError) -> Settlement:
        logger.warning("failed: %s", error.message, extra={"code": error.code, "hint": error.hint})
        deployment = self.services.deployment
        seen = final_record.file_etag(deployment, self.claim.job)
        job = self.claim.fail(error, self._published())
        self._count()
        return self._publish(job, seen)

    def _publish(self, job: Job, seen: str | None) -> Settlement:
        deployment = self.services.deployment
        final_record.publish(deployment, job, seen)
        deletion.remove_orphans(deployment, job.job_id)  # the job may have been deleted before its file was written
        return DELETE

    def _published(self) -> tuple[Result, ...]:
        """A job that failed late keeps its finished results: an alignment is of use without its translation."""
        return self.stages.store.results if self.stages else ()

    def _count(self) -> None:
        metrics.job_ended(
            self.claim.job,
            stages=self.stages.stage_seconds if self.stages else {},
            queue_wait_seconds=self.running.message.queue_wait_seconds,
        )


def _retry_after_lease(busy: Busy, message: ReceivedMessage) -> Settlement:
    """Come back when the lease has expired. Wait longer each time it was extended: every receive counts towards the
    queue's limit, after which SQS moves the message to the dead-letter queue."""
    seconds = (max(0.0, busy.seconds) + AFTER_LEASE_SECONDS) * 2 ** max(0, message.receive_count - 2)
    logger.info("another worker holds the lease; retrying in %.0f seconds", seconds)
    return retry_later(seconds)


def _delete(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _as_syncline_error(error: Exception) -> SynclineError:
    if isinstance(error, SynclineError):
        return error
    if isinstance(error, ClientError | BotoCoreError):
        return clients.translated(error)
    if isinstance(error, ConnectionError | TimeoutError | HTTPError):  # botocore passes these through from a body
        return TransientError(f"A connection broke: {type(error).__name__}: {error}.")
    if isinstance(error, OSError):
        return _system_error(error)
    logger.error("a bug", exc_info=error)
    return SynclineError(f"Syncline failed: {type(error).__name__}: {error}.", code="internal")


def _system_error(error: OSError) -> SynclineError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return limits.disk_full_error(f"The worker's disk is full: {error}.")
    return SynclineError(
        f"The worker's operating system refused: {error}.", code="system", hint="See the worker's log."
    )


def _last_attempt(error: TransientError) -> TransientError:
    return TransientError(
        f"{error.message} This was the last of {MAX_ATTEMPTS} attempts.",
        code=error.code,
        hint=error.hint or "Retry the job when AWS answers again.",
    )


def _pause(attempt: int, first_pause_seconds: float) -> float:
    """Doubles with each attempt. Random, so that jobs that failed together do not retry together."""
    return first_pause_seconds * float(2 ** (attempt - 1)) * random.uniform(0.5, 1.5)  # noqa: S311
