"""Align short recordings inside a Lambda function, for deployments without a worker that is always running.

The function receives job messages from a queue. It runs from a container image (docker/lambda.Dockerfile), because it
needs what the worker needs. Lambda has no POSIX semaphores: multiprocessing's locks, queues and pools fail there. One
child process, connected by pipes, runs the alignment and everything else that processes uploads.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.startup import deployment
from syncline.aws.deployment import Deployment
from syncline.aws.received_messages import ReceivedMessage, change_visibility
from syncline.core import message
from syncline.core.job import BULK, LIVE
from syncline.core.message import JobMessage, UnrecognisedMessageError
from syncline.pipeline.engines import MAX_WINDOW_SECONDS, CreateEngine
from syncline.pipeline.job_runner import JobRunner
from syncline.pipeline.lease_keeper import TICK_SECONDS, LeaseKeeper
from syncline.pipeline.running_jobs import RunningJobs
from syncline.pipeline.services import JobServices, job_services
from syncline.pipeline.settlement import Action, Settlement
from syncline.processes.pool import Pool, SandboxedPool

logger = logging.getLogger(__name__)

SPARE_SECONDS = 20.0  # before Lambda ends the function: time to record why the job has to end


def handler(event: dict[str, Any], context: Any) -> dict[str, list[dict[str, str]]]:
    """-> the messages that stay in the queue. SQS delivers them again, and finally moves them to the dead letters."""
    ends_at = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - SPARE_SECONDS
    kept = aligner().handle(event["Records"], seconds_left=lambda: ends_at - time.monotonic())
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in kept]}


@cache
def aligner() -> Aligner:
    # Composed for the first event rather than at import, so that a bad setting is an error of that event.
    return Aligner(deployment())


@cache
def pool() -> Pool:
    """Its child lives as long as the execution environment."""
    return SandboxedPool(1, task_seconds=MAX_WINDOW_SECONDS)


@dataclass(frozen=True, slots=True)
class Aligner:
    """`create_engine` and `tick_seconds` have other values in tests."""

    deployment: Deployment
    create_engine: CreateEngine | None = None
    tick_seconds: float = TICK_SECONDS

    def handle(self, records: list[dict[str, Any]], *, seconds_left: Callable[[], float]) -> list[str]:
        """Run the job of each record. -> the ids of the messages that must not be deleted."""
        return [record["messageId"] for record in records if not self._is_settled(record, seconds_left())]

    def _is_settled(self, record: Mapping[str, Any], seconds: float) -> bool:
        """Whether Lambda may delete the message. A record that raises fails alone."""
        try:
            job = message.read(record["body"])
            if seconds > 0:
                return self._run(job, self._received(record), seconds)
            logger.warning("no time left in this invocation", extra={"job_id": job.job_id})
        except UnrecognisedMessageError as error:
            logger.error("unrecognised message: %s", error)
        except Exception:
            logger.exception("a record failed", extra={"message_id": record.get("messageId")})
        return False

    def _received(self, record: Mapping[str, Any]) -> ReceivedMessage:
        settings = self.deployment.settings
        bulk = settings.need("bulk_queue")
        # Events name the queue by its ARN, settings by its URL.
        queue = BULK if record["eventSourceARN"].rpartition(":")[2] == bulk.rpartition("/")[2] else LIVE
        return ReceivedMessage.from_lambda_record(record, queue=queue, queue_url=settings.need(f"{queue}_queue"))

    def _run(self, job: JobMessage, received: ReceivedMessage, seconds: float) -> bool:
        lease_seconds = self.deployment.settings.lease_seconds
        running = RunningJobs()
        keeper = LeaseKeeper(
            running,
            lease_seconds=lease_seconds,
            extend_messages=lambda: self._extend(received, lease_seconds),
        )
        with tempfile.TemporaryDirectory() as folder:
            runner = JobRunner(self._services(Path(folder), seconds), running)
            # Only while the job runs: between two events Lambda freezes this process.
            with keeper.in_background(tick_seconds=self.tick_seconds):
                settlement = runner.run(job.job_id, job.revision, received)
        return self._settle(received, settlement)

    def _extend(self, received: ReceivedMessage, seconds: float) -> None:
        try:
            change_visibility(self.deployment.sqs, received, seconds=seconds)
        except (ClientError, BotoCoreError) as error:  # the next extension tries again
            logger.warning("could not extend a message's visibility: %s", error)

    def _services(self, folder: Path, seconds: float) -> JobServices:
        """The job ends with an error of its own before Lambda ends the function."""
        services = job_services(self.deployment, pool(), folder, create_engine=self.create_engine)
        limits = replace(
            services.limits, seconds=max(1, min(services.limits.seconds, int(seconds))), seconds_per_audio_second=0
        )
        return replace(services, limits=limits)

    def _settle(self, received: ReceivedMessage, settlement: Settlement) -> bool:
        if settlement.action is Action.RETRY_LATER:
            change_visibility(self.deployment.sqs, received, seconds=settlement.seconds)
        return settlement.action is Action.DELETE
