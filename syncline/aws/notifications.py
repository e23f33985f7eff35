"""An EventBridge event for every job that has ended, for whoever wants to know without asking."""

from __future__ import annotations

import json
import logging
import threading
from functools import cache
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from syncline.aws import clients
from syncline.aws.settings import Settings
from syncline.aws.store import as_record
from syncline.core.job import Job

logger = logging.getLogger(__name__)

SOURCE = "syncline"
DETAIL_TYPE = "Syncline job ended"
_TOLD = (
    "job_id", "bucket", "recording_key", "transcript_key", "revision", "state", "options", "error", "attempts",
    "warnings", "results", "stats", "created_at", "finished_at",
)  # fmt: skip

_one_at_a_time = threading.Lock()  # boto3 makes clients in one thread only; sending from several is fine


def publish(settings: Settings, job: Job) -> None:
    """Tell the event bus that the job has ended. The job stands whether or not anybody can be told."""
    if settings.event_bus is None:
        return
    try:
        answer = _client().put_events(Entries=[entry(job, bus=settings.event_bus)])
    except (ClientError, BotoCoreError):
        logger.exception("the event of job %s could not be published", job.job_id)
        return
    if answer["FailedEntryCount"]:
        logger.error("the event of job %s was refused: %s", job.job_id, answer["Entries"])


def entry(job: Job, *, bus: str) -> dict[str, str]:
    record = as_record(job)
    detail = {name: record[name] for name in _TOLD if record[name] is not None}
    return {
        "EventBusName": bus,
        "Source": SOURCE,
        "DetailType": DETAIL_TYPE,
        "Detail": json.dumps(detail, ensure_ascii=False),
    }


def _client() -> Any:
    with _one_at_a_time:
        return _make_client()


@cache
def _make_client() -> Any:
    return clients.client("events")
