"""What every function does once, when its environment starts: read the settings, connect."""

from __future__ import annotations

import os
from functools import cache

from syncline import settings
from syncline.deployment import Deployment, connect


@cache
def deployment() -> Deployment:
    # Asked for by the first event rather than at import, so that a bad setting is an answer and not a crash.
    return connect(settings.read(os.environ))
