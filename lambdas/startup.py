"""Connect to the deployment that the environment variables name, once per execution environment."""

from __future__ import annotations

import os
from functools import cache

from syncline.aws import settings
from syncline.aws.deployment import Deployment, connect


@cache
def deployment() -> Deployment:
    """Called for the first event rather than at import, so that a bad setting is logged and answered as an error."""
    return connect(settings.read(os.environ))
