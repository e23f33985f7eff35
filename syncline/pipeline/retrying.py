"""Retry a call for minutes while AWS is unavailable: failing would discard hours of finished work."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from syncline.aws import clients
from syncline.core.errors import TransientError

logger = logging.getLogger(__name__)

Response = TypeVar("Response")

PAUSES_SECONDS = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 60.0)  # between tries; boto3 retries for some seconds in each


def retry_while_unavailable(call: Callable[[], Response], *, pauses: Sequence[float] = PAUSES_SECONDS) -> Response:
    """Return what the call returns. Raise a permanent error at once, and the last transient one after all pauses."""
    for pause in pauses:
        try:
            return call()
        except (ClientError, BotoCoreError) as error:
            if not isinstance(clients.translated(error), TransientError):
                raise
            logger.warning("retrying in %.0f seconds: %s", pause, error)
        time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311
    return call()
