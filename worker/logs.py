"""Write structured logs: one JSON object a line, with the fields of the functions' logs and the job's id."""

from __future__ import annotations

import logging
import sys

from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from syncline.pipeline.job_logging import SERVICE, add_job_id

# They write a line for every message, which says nothing that ours do not.
NOISY_LOGGERS = ("celery.worker.strategy", "celery.app.trace")


def set_up() -> None:
    """Send everything that this process logs to stdout as JSON."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(LambdaPowertoolsFormatter(utc=True, use_rfc3339=True, service=SERVICE))
    handler.addFilter(add_job_id)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in NOISY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
