"""Publish an EventBridge event for every job that has ended."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from syncline.aws.store import as_record
from syncline.core.deletion import Deletion
from syncline.core.job import Job

logger = logging.getLogger(__name__)

SOURCE = "syncline"
DETAIL_TYPE = "Syncline job ended"
DELETED_DETAIL_TYPE = "Syncline job deleted"
MAX_DETAIL_BYTES = 240 * 1024  # EventBridge refuses an entry of more than 256 KiB
MAX_WARNINGS, MAX_TEXT_CHARACTERS = 10, 1000  # of an event that would be too large with all
_DETAIL_FIELDS = (
    "job_id", "bucket", "recording_key", "transcript_key", "revision", "state", "options", "error", "attempts",
    "warnings", "results", "stats", "created_at", "finished_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EventBus:
    """`name` is None in a deployment without an event bus: nothing is published then."""

    client: Any  # boto3's client for EventBridge
    name: str | None

    def publish(self, job: Job) -> None:
        """Publish that the job has ended. A failure is logged and changes nothing about the job."""
        self._put(job.job_id, DETAIL_TYPE, _detail(job))

    def publish_deletion(self, deletion: Deletion) -> None:
        detail = {name: value for name, value in asdict(deletion).items() if name not in ("done", "expires_at")}
        self._put(deletion.job_id, DELETED_DETAIL_TYPE, json.dumps(detail, ensure_ascii=False))

    def _put(self, job_id: str, detail_type: str, detail: str) -> None:
        if self.name is None:
            return
        entry = {"EventBusName": self.name, "Source": SOURCE, "DetailType": detail_type, "Detail": detail}
        try:
            answer = self.client.put_events(Entries=[entry])
        except (ClientError, BotoCoreError):
            logger.exception("the event of job %s could not be published", job_id)
            return
        if answer["FailedEntryCount"]:
            logger.error("EventBridge refused the event of job %s: %s", job_id, answer["Entries"])


def _detail(job: Job) -> str:
    """The record as an event carries it. A large one leaves out what a receiver can do without, until it fits."""
    record = as_record(job)
    detail = {name: record[name] for name in _DETAIL_FIELDS if record[name] is not None}
    if job.results:
        detail["results_prefix"] = job.results[0].key.removesuffix(job.results[0].name)
    for shorter in (_without_result_keys, _with_short_texts):
        if _fits(detail):
            break
        detail = shorter(detail) | {"incomplete": True}
    return json.dumps(detail, ensure_ascii=False)


def _fits(detail: dict[str, Any]) -> bool:
    return len(json.dumps(detail, ensure_ascii=False).encode()) <= MAX_DETAIL_BYTES


def _without_result_keys(detail: dict[str, Any]) -> dict[str, Any]:
    """A key is `results_prefix` and the name."""
    return detail | {"results": [{"name": each["name"], "bytes": each["bytes"]} for each in detail["results"]]}


def _with_short_texts(detail: dict[str, Any]) -> dict[str, Any]:
    """Of the options only the metadata: a receiver finds the others in job.json."""
    warnings = [text[:MAX_TEXT_CHARACTERS] for text in detail["warnings"][:MAX_WARNINGS]]
    error = {name: text[:MAX_TEXT_CHARACTERS] for name, text in detail.get("error", {}).items()}
    metadata = {"metadata": detail["options"].get("metadata", {})}
    return detail | {"warnings": warnings, "options": metadata} | ({"error": error} if error else {})
