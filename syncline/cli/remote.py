"""What the commands that talk to a deployment share: which one, which job, and how its state is shown."""

from __future__ import annotations

import json
import os
import re
import sys
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from syncline.aws import clients, settings
from syncline.aws.deployment import Deployment, connect
from syncline.core.errors import InvalidInputError, SynclineError
from syncline.core.job import Job, State, job_id_of
from syncline.jobs.job_view import answer, find_by_id, find_by_key

JOB_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
COLOURS = {
    State.SUCCEEDED: "green",
    State.FAILED: "red",
    State.REJECTED: "red",
    State.RUNNING: "cyan",
    State.QUEUED: "blue",
    State.WAITING: "yellow",
}


def deployment() -> Deployment:
    """The one that the environment names."""
    return connect(settings.read(os.environ))


class aws_errors_named:
    """AWS's own errors as sentences with what to do next."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ClientError | BotoCoreError):
            raise clients.translated(error) from error


def find(there: Deployment, name: str) -> Job:
    """By job id, by key, or by s3:// address."""
    if JOB_ID.fullmatch(name):
        return find_by_id(there, name)
    if name.startswith("s3://"):
        bucket, _, key = name.removeprefix("s3://").partition("/")
        return find_by_key(there, key) if bucket == there.bucket.name else _find_in_place(there, bucket, key)
    return find_by_key(there, name)


def _find_in_place(there: Deployment, bucket: str, key: str) -> Job:
    """What a backfill has queued may lie in any bucket."""
    job = there.store.get(job_id_of(bucket, key))
    if job is None:
        raise InvalidInputError(
            f"Nothing is known about s3://{bucket}/{key}, which lies in another bucket than this deployment's "
            f"({there.bucket.name}).",
            code="other_bucket",
            hint="`syncline backfill` queues what lies there; or set the SYNCLINE_* variables of its own deployment.",
        )
    return job


def coloured(state: State) -> str:
    return f"[{COLOURS[state]}]{state.value}[/]"


def print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def record(there: Deployment, job: Job) -> dict[str, Any]:
    return answer(job, there)


def exit_code(job: Job) -> int:
    """For scripts: 0 unless the job has come to a bad end."""
    return 1 if job.state in (State.FAILED, State.REJECTED) else 0


def reason(error: SynclineError) -> str:
    return f"{error.message} {error.hint}".strip()
