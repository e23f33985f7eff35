"""Triggered by the ingest queue: turn S3 notifications into job records and Celery messages."""

from __future__ import annotations

from functools import partial
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas import sqs_batch
from lambdas.startup import deployment
from syncline.aws.s3_events import created_keys
from syncline.jobs.intake import Intake

logger = Logger(service="reception")


def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return handle(event, context, Intake(deployment()))


def handle(event: dict[str, Any], context: LambdaContext, intake: Intake) -> Any:
    return sqs_batch.handle_each(event, context, partial(_receive, intake=intake), logger)


def _receive(record: SQSRecord, intake: Intake) -> None:
    for key in created_keys(record.body, bucket=intake.deployment.bucket.name):
        for job in intake.object_created(key):
            logger.info("verdict", job_id=job.job_id, key=key, state=job.state.value, revision=job.revision)
