"""What the commands for a deployment share: connect to it, find a job, retry jobs, exit with a job's state."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from syncline.aws import settings
from syncline.cli.console import note
from syncline.cli.errors import aws_errors
from syncline.cli.exit_codes import FAILED, OK, USAGE
from syncline.core.errors import InvalidInputError
from syncline.core.job import JOB_ID, Job, State, job_id_of
from syncline.core.layout import is_s3_address, parse_s3_address

if TYPE_CHECKING:
    from syncline.aws.deployment import Deployment


@contextmanager
def connected() -> Iterator[Deployment]:
    """Give the deployment that the environment names."""
    from syncline.aws.deployment import connect

    with aws_errors():
        yield connect(settings.read(os.environ))


def find(deployment: Deployment, name: str) -> Job:
    """`name` is a job id, a key in the deployment's bucket, or an s3:// address."""
    from syncline.jobs.job_view import find_by_id, find_by_key

    if JOB_ID.fullmatch(name):
        return find_by_id(deployment, name)
    if not is_s3_address(name):
        return find_by_key(deployment, name)
    bucket, key = parse_s3_address(name)
    if bucket == deployment.bucket.name:
        return find_by_key(deployment, key)
    return _find_in_other_bucket(deployment, bucket, key)


def id_of(deployment: Deployment, name: str) -> str:
    """The id of a job that may be deleted already, but not completely."""
    return name if JOB_ID.fullmatch(name) else find(deployment, name).job_id


def _find_in_other_bucket(deployment: Deployment, bucket: str, key: str) -> Job:
    """A backfill aligns recordings in any bucket."""
    job = deployment.store.get(job_id_of(bucket, key))
    if job is None:
        raise InvalidInputError(
            f"There is no job for s3://{bucket}/{key}. The bucket is not this deployment's, which is "
            f"{deployment.bucket.name}.",
            code="other_bucket",
            hint=f"Run `syncline backfill s3://{bucket}/`, or set the SYNCLINE_* variables of the other deployment.",
        )
    return job


def retry_each(deployment: Deployment, names: Iterable[str]) -> tuple[list[Job], int]:
    """-> the jobs that run again, and the exit code. A job that cannot be retried does not stop the others."""
    from syncline.jobs.retry import retry

    retried, code = [], OK
    for name in names:
        try:
            job = retry(deployment, find(deployment, name).job_id)
        except InvalidInputError as error:
            note(str(error), prefix=f"{name}:", style="red")
            code = USAGE
        else:
            retried.append(job)
            code = max(code, exit_code(job))
    return retried, code


def exit_code(job: Job) -> int:
    return FAILED if job.state in (State.FAILED, State.REJECTED) else OK
