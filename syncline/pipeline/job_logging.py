"""Put the job's id into every log line that a thread writes while it works on the job."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

SERVICE = "worker"  # the service that log lines and metrics name

_job_id: ContextVar[str | None] = ContextVar("job_id", default=None)


@contextmanager
def logging_job(job_id: str) -> Iterator[None]:
    """Log lines of this thread carry the job's id until the block ends."""
    token = _job_id.set(job_id)
    try:
        yield
    finally:
        _job_id.reset(token)


def add_job_id(record: logging.LogRecord) -> bool:
    """A filter for log handlers: adds `job_id` to the record and lets every record through."""
    job_id = _job_id.get()
    if job_id and not hasattr(record, "job_id"):
        record.job_id = job_id
    return True
