"""Triggered by the dead-letter queues of live and bulk: mark the jobs of undeliverable messages as FAILED."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

from aws_lambda_powertools import Logger

from lambdas import sqs_batch
from lambdas.sqs_batch import Record
from lambdas.startup import deployment
from syncline.core import message
from syncline.jobs.dead_letters import DeadLetters

logger = Logger(service="dead_letters")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return handle(event, DeadLetters(deployment()))


def handle(event: dict[str, Any], dead_letters: DeadLetters) -> dict[str, Any]:
    return sqs_batch.handle_each(event, partial(_settle, dead_letters=dead_letters), logger)


def _settle(record: Record, dead_letters: DeadLetters) -> None:
    queue = record["eventSourceARN"].rpartition(":")[2]
    try:
        dead = message.read(record["body"])
    except message.UnrecognisedMessageError as error:
        logger.error("unreadable", queue=queue, message_id=record["messageId"], body=record["body"][:2000])
        dead_letters.park(record["body"], queue=queue, reason=error.message)
        return
    job = dead_letters.fail_job(dead, sent_at=_sent_at(record))
    state = job.state.value if job else "moved on"
    logger.warning("dead letter", queue=queue, job_id=dead.job_id, revision=dead.revision, state=state)


def _sent_at(record: Record) -> datetime:
    """When the message was first sent: SQS keeps this attribute when it moves a message to the dead-letter queue."""
    return datetime.fromtimestamp(int(record["attributes"]["SentTimestamp"]) / 1000, UTC)
