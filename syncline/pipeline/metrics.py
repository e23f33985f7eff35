"""Write metrics in CloudWatch's embedded metric format: JSON lines on stdout, which CloudWatch Logs turns into metrics.

This needs no API call, no agent and no dependency, and the lines stay readable among the other log lines.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from typing import Any

from syncline.core.job import Job, State
from syncline.pipeline.job_logging import SERVICE

NAMESPACE = "Syncline"
UNITS = {
    "JobsSucceeded": "Count",
    "JobsFailed": "Count",
    "JobsHandedBack": "Count",
    "Retries": "Count",
    "QueueWaitSeconds": "Seconds",
    "AudioSeconds": "Seconds",
    "JobSeconds": "Seconds",
    "TimesRealTime": "None",
    "FetchSeconds": "Seconds",
    "DecodeSeconds": "Seconds",
    "AlignSeconds": "Seconds",
    "StoryboardSeconds": "Seconds",
    "TranslateSeconds": "Seconds",
    "StoreSeconds": "Seconds",
}


def job_ended(job: Job, *, stages: Mapping[str, float], queue_wait_seconds: float | None) -> None:
    """Write one line for a job that this process finished."""
    succeeded = job.state is State.SUCCEEDED
    values: dict[str, float] = {
        "JobsSucceeded": int(succeeded),
        "JobsFailed": int(job.state is State.FAILED),
        "Retries": max(0, job.attempts - 1),
        **{f"{stage.capitalize()}Seconds": seconds for stage, seconds in stages.items()},
    }
    if queue_wait_seconds is not None:
        values["QueueWaitSeconds"] = queue_wait_seconds
    if succeeded:
        values |= _speed(job)
    emit(values, job_id=job.job_id, revision=job.revision, state=job.state.value)


def job_handed_back(job: Job) -> None:
    emit({"JobsHandedBack": 1}, job_id=job.job_id, revision=job.revision)


def emit(values: Mapping[str, float], **properties: object) -> None:
    known = {name: round(value, 3) for name, value in values.items() if name in UNITS}
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [["service"]],
        "Metrics": [{"Name": name, "Unit": UNITS[name]} for name in known],
    }
    line: dict[str, Any] = {
        "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]},
        "service": SERVICE,
        **known,
        **properties,
    }
    sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")  # one write: other threads write, too
    sys.stdout.flush()


def _speed(job: Job) -> dict[str, float]:
    audio, wall = job.stats.get("audio_seconds"), job.stats.get("wall_seconds")
    if not audio or not wall:
        return {}
    values = {"AudioSeconds": audio, "JobSeconds": wall}
    # A job that reused an earlier alignment says nothing about speed.
    return values if job.stats.get("resumed") else values | {"TimesRealTime": audio / wall}
