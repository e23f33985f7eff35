"""On ECS, protect a task from scale-in while it runs jobs. Elsewhere this does nothing."""

from __future__ import annotations

import json
import logging
import time
import urllib.request
from collections.abc import Mapping

logger = logging.getLogger(__name__)

AGENT_VARIABLE = "ECS_AGENT_URI"
# Renewed in time while jobs run. If the worker hangs, the protection expires.
EXPIRES_MINUTES = 15
RENEW_SECONDS = 300.0
TIMEOUT_SECONDS = 3.0


class ScaleInProtection:
    """`agent` is the address of the ECS agent's API; None outside of ECS."""

    def __init__(self, agent: str | None, *, renew_seconds: float = RENEW_SECONDS) -> None:
        self._url = f"{agent}/task-protection/v1/state" if agent else None
        self._renew_seconds = renew_seconds
        self._enabled = False
        self._set_at = 0.0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> ScaleInProtection:
        return cls(environment.get(AGENT_VARIABLE))

    def set(self, enabled: bool) -> None:
        """Call the agent only for a change or a renewal: it answers few calls a second."""
        fresh = time.monotonic() - self._set_at < self._renew_seconds
        if self._url is None or (enabled == self._enabled and (fresh or not enabled)):
            return
        if self._put(self._url, enabled):
            self._enabled, self._set_at = enabled, time.monotonic()

    def _put(self, url: str, enabled: bool) -> bool:
        state = {"ProtectionEnabled": enabled} | ({"ExpiresInMinutes": EXPIRES_MINUTES} if enabled else {})
        request = urllib.request.Request(  # noqa: S310 - the agent's own address, from our environment
            url, data=json.dumps(state).encode(), headers={"Content-Type": "application/json"}, method="PUT"
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310
                failure = json.loads(response.read()).get("failure")
        except (OSError, ValueError) as error:
            failure = error
        if failure:
            logger.warning("could not set scale-in protection to %s: %s", enabled, failure)
        return not failure
