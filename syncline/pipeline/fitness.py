"""Decide whether a failure is the job's own or the process's: a worker without rights must not fail its jobs."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from syncline.aws import clients
from syncline.aws.bucket import ObjectGoneError
from syncline.aws.deployment import Deployment
from syncline.core import layout
from syncline.core.errors import ProcessBusyError, ProcessUnfitError, SettingsError, SynclineError, TransientError
from syncline.core.job import Job
from syncline.pipeline import limits
from syncline.pipeline.services import JobServices

PROBE_KEY = f"{layout.UPLOADS}.syncline-probe"  # no such object exists
_READS = ("GetObject", "HeadObject")
# S3 answers a HEAD without a body: 400 stands for bad credentials, 403 for everything else that it refuses.
_REFUSED_HEAD = ("400", "403")


def check(deployment: Deployment) -> ProcessUnfitError | None:
    """Whether AWS refuses this process even before its first job. Other problems, such as throttling, are for later."""
    try:
        deployment.store.answers()
        deployment.bucket.read(PROBE_KEY)
    except ObjectGoneError:
        return None
    except (ClientError, BotoCoreError) as error:
        return unfitness(error)
    return None


def unfitness(error: Exception) -> ProcessUnfitError | None:
    """The reason why this process can work on no job, if the error is one."""
    if isinstance(error, ProcessUnfitError):
        return error
    if not isinstance(error, ClientError | BotoCoreError):
        return None
    problem = clients.translated(error)
    if isinstance(problem, SettingsError):  # no credentials
        return ProcessUnfitError(problem.message, code=problem.code, hint=problem.hint)
    return problem if isinstance(problem, ProcessUnfitError) else None


def judged(error: Exception, problem: SynclineError, job: Job, services: JobServices, *, alone: bool) -> SynclineError:
    """The problem of a job, or the ProcessUnfitError or ProcessBusyError that it is a symptom of. `problem` is the
    translation of `error`.

    Call it after the job's files are deleted. `alone` says that this process runs no other job.
    """
    if problem.code == limits.DISK_FULL:
        return _judge_full_disk(problem, services, alone=alone)
    if _is_refused_read(error):
        return _judge_refused_read(problem, job, services)
    return unfitness(error) or problem


def _judge_full_disk(problem: SynclineError, services: JobServices, *, alone: bool) -> SynclineError:
    """Alone on a disk that is otherwise nearly empty, the job itself is too large for this worker."""
    if not alone:
        return ProcessBusyError(problem.message, code=problem.code, hint=problem.hint)
    try:
        services.limits.check_idle_disk(services.folder)
    except ProcessUnfitError as unfit:
        return unfit
    return problem


def _is_refused_read(error: Exception) -> bool:
    if not isinstance(error, ClientError) or error.operation_name not in _READS:
        return False
    return clients.is_denied(error) or error.response["Error"]["Code"] in _REFUSED_HEAD


def _judge_refused_read(problem: SynclineError, job: Job, services: JobServices) -> SynclineError:
    """S3 may refuse one object because of its owner or its key, or every object because of this process. Read an object
    that does not exist: S3 answers "not found" only to those who may read."""
    home = services.deployment.bucket
    if job.bucket != home.name:  # without the right to list that bucket, S3 hides which objects exist
        return TransientError(problem.message, code=problem.code, hint=problem.hint)
    try:
        home.read(PROBE_KEY)
    except ObjectGoneError:
        return SynclineError(problem.message, code="aws_refused", hint=problem.hint)
    except (ClientError, BotoCoreError) as probe_error:
        return unfitness(probe_error) or TransientError(problem.message, code=problem.code, hint=problem.hint)
    return problem
