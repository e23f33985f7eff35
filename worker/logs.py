"""Structured logs: one JSON object a line, with the fields that the functions' logs have, and the job in each."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

SERVICE = "worker"

_job_id: ContextVar[str | None] = ContextVar("job_id", default=None)


def set_up() -> None:
    """Everything that is logged in this process goes to stdout as JSON."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(LambdaPowertoolsFormatter(utc=True, use_rfc3339=True, service=SERVICE))
    handler.addFilter(_with_job)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for noisy in (
        "celery.worker.strategy",
        "celery.app.trace",
    ):  # a line for every message, with nothing that ours lack
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.captureWarnings(True)


@contextmanager
def about(job_id: str) -> Iterator[None]:
    """Lines logged by this thread in the meantime carry the job's id."""
    token = _job_id.set(job_id)
    try:
        yield
    finally:
        _job_id.reset(token)


def _with_job(record: logging.LogRecord) -> bool:
    job_id = _job_id.get()
    if job_id and not hasattr(record, "job_id"):
        record.job_id = job_id
    return True
