"""Trying again here and now, where giving up would throw away hours of work."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from syncline.aws import clients
from syncline.core.errors import TransientError

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

# After boto3's own tries, which take some seconds each time.
PAUSES_SECONDS = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 60.0)


def patiently(call: Callable[[], Answer]) -> Answer:
    """What the call returns, as soon as AWS lets it; raises what AWS said last if it has not after minutes."""
    for pause in PAUSES_SECONDS:
        try:
            return call()
        except (ClientError, BotoCoreError) as error:
            if not isinstance(clients.translated(error), TransientError):
                raise
            logger.warning("again in %.0f seconds: %s", pause, error)
        time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311
    return call()
