"""Triggered by the ingest queue: turn S3 notifications into job records and Celery messages."""

from __future__ import annotations

from functools import partial
from typing import Any

from aws_lambda_powertools import Logger

from lambdas import sqs_batch
from lambdas.sqs_batch import Record
from lambdas.startup import deployment
from syncline.aws.s3_events import created_keys
from syncline.jobs.intake import Intake

logger = Logger(service="reception")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return handle(event, Intake(deployment()))


def handle(event: dict[str, Any], intake: Intake) -> dict[str, Any]:
    return sqs_batch.handle_each(event, partial(_receive, intake=intake), logger)


def _receive(record: Record, intake: Intake) -> None:
    for key in created_keys(record["body"], bucket=intake.deployment.bucket.name):
        for job in intake.object_created(key):
            logger.info("verdict", job_id=job.job_id, key=key, state=job.state.value, revision=job.revision)
