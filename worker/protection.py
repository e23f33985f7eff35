"""On ECS: a task that works is not chosen when the service is scaled in. Elsewhere there is nobody to tell."""

from __future__ import annotations

import json
import logging
import time
import urllib.request
from collections.abc import Mapping

logger = logging.getLogger(__name__)

AGENT_VARIABLE = "ECS_AGENT_URI"
# Renewed in time while work goes on; if the worker hangs instead, it runs out.
EXPIRES_MINUTES = 15
RENEWED_AFTER_SECONDS = 300.0
TIMEOUT_SECONDS = 3.0


class Protection:
    def __init__(self, agent: str | None) -> None:
        self._address = f"{agent}/task-protection/v1/state" if agent else None
        self._on = False
        self._said_at = 0.0

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Protection:
        return cls(environment.get(AGENT_VARIABLE))

    def set(self, wanted: bool) -> None:
        """Told only when it changes, or would run out: the agent answers few calls a second."""
        fresh = time.monotonic() - self._said_at < RENEWED_AFTER_SECONDS
        if self._address is None or (wanted == self._on and (fresh or not wanted)):
            return
        if self._tell(self._address, wanted):
            self._on, self._said_at = wanted, time.monotonic()

    def _tell(self, address: str, wanted: bool) -> bool:
        state = {"ProtectionEnabled": wanted} | ({"ExpiresInMinutes": EXPIRES_MINUTES} if wanted else {})
        request = urllib.request.Request(  # noqa: S310 - the agent's own address, from our environment
            address, data=json.dumps(state).encode(), headers={"Content-Type": "application/json"}, method="PUT"
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                failure = json.loads(answer.read()).get("failure")
        except (OSError, ValueError) as error:
            failure = error
        if failure:
            logger.warning("scale-in protection could not be set to %s: %s", wanted, failure)
        return not failure
