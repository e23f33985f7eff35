"""Handle the records of an SQS event one by one. The event source returns only the failed ones to the queue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from syncline.core.errors import TransientError


def handle_each(
    event: dict[str, Any], context: LambdaContext, handle: Callable[[SQSRecord], None], logger: Logger
) -> Any:
    def handle_and_log(record: SQSRecord) -> None:
        try:
            handle(record)
        except TransientError as error:
            logger.warning("record returns to the queue", message_id=record.message_id, reason=str(error))
            raise
        except Exception:  # powertools reports the record as failed, and logs nothing
            logger.exception("record failed", message_id=record.message_id)
            raise

    # If all records of a batch fail, report them one by one too: raising would count as a crash of the function.
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return process_partial_response(event=event, record_handler=handle_and_log, processor=processor, context=context)
