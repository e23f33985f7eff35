"""From the ingest queue: S3 says that objects were created; each gets its verdict, complete sets become jobs."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.startup import deployment
from syncline.aws.s3_events import created_keys
from syncline.jobs.intake import Intake

logger = Logger(service="reception")
# A batch of which every record fails is still only a batch: its records return to the queue one by one.
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return process_partial_response(event=event, record_handler=receive, processor=processor, context=context)


def receive(record: SQSRecord) -> None:
    intake = Intake(deployment())
    for key in created_keys(record.body, bucket=intake.deployment.bucket.name):
        for job in intake.object_created(key):
            logger.info("verdict", job_id=job.job_id, key=key, state=job.state.value, revision=job.revision)
