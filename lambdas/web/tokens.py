"""The bearer tokens of the status URL: read from Secrets Manager, cached, two of them during a rotation.

The secret is the token itself, or {"current": "...", "previous": "..."}. The previous token stays valid while clients
change over: the one that the JSON names, and the one that the secret's previous version holds.
"""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from syncline.aws.settings import MIN_TOKEN_CHARACTERS
from syncline.core.errors import SettingsError

CACHE_SECONDS = 300.0
# An unknown token may be a new one, so it causes a read of the secret; but not more often than this.
MIN_SECONDS_BETWEEN_READS = 10.0


@dataclass(slots=True)
class Tokens:
    fetch: Callable[[], tuple[str, ...]]
    clock: Callable[[], float] = time.monotonic
    _cached: tuple[str, ...] = ()
    _fetched_at: float = field(default=float("-inf"))

    def accept(self, token: str) -> bool:
        given = token.encode(errors="surrogatepass")  # a header can hold half a surrogate pair
        return self.any_matches(lambda valid: hmac.compare_digest(given, valid.encode()))

    def any_matches(self, matches: Callable[[str], bool]) -> bool:
        """Whether a valid token matches. `matches` must take the same time for every token."""
        age = self.clock() - self._fetched_at
        if age > CACHE_SECONDS:
            self._refresh()
        if self._any_cached_matches(matches):
            return True
        if MIN_SECONDS_BETWEEN_READS < age <= CACHE_SECONDS:
            self._refresh()
            return self._any_cached_matches(matches)
        return False

    def _refresh(self) -> None:
        self._cached = self.fetch()
        self._fetched_at = self.clock()

    def _any_cached_matches(self, matches: Callable[[str], bool]) -> bool:
        # No early exit: the response time must not depend on which token matches.
        return sum([matches(token) for token in self._cached]) > 0


def fixed(token: str) -> Tokens:
    """The one token of SYNCLINE_TOKEN."""
    return Tokens(lambda: (token,))


def from_secret(make_client: Callable[[], Any], secret_id: str) -> Tokens:
    """`make_client` makes the Secrets Manager client. It is called when a token is first needed."""
    clients: list[Any] = []

    def fetch() -> tuple[str, ...]:
        if not clients:
            clients.append(make_client())
        return _both_versions(clients[0], secret_id)

    return Tokens(fetch)


def parse(secret: str) -> tuple[str, ...]:
    """-> the valid tokens; raises SettingsError if the current one is missing or too short."""
    text = secret.strip()
    current: object = text
    previous: object = None
    if text.startswith("{"):
        try:
            document = json.loads(text)
        except ValueError:
            document = {}
        current, previous = document.get("current"), document.get("previous")
    if not isinstance(current, str) or not current:
        raise SettingsError(
            "The secret of the status URL holds no token.",
            hint='Store the token as plain text, or as {"current": "...", "previous": "..."}.',
        )
    if not _is_long_enough(current):
        raise SettingsError(
            f"The token in the secret of the status URL is too short: it needs {MIN_TOKEN_CHARACTERS} characters.",
            hint="Store a random token, such as the output of `openssl rand -hex 24`.",
        )
    return (current, previous) if _is_long_enough(previous) else (current,)  # type: ignore[return-value]


def _is_long_enough(token: object) -> bool:
    return isinstance(token, str) and len(token) >= MIN_TOKEN_CHARACTERS


def _both_versions(client: Any, secret_id: str) -> tuple[str, ...]:
    """Secrets Manager keeps the secret's previous version, so a plain token can be rotated without JSON."""
    current = parse(client.get_secret_value(SecretId=secret_id).get("SecretString", ""))
    try:
        previous = client.get_secret_value(SecretId=secret_id, VersionStage="AWSPREVIOUS")
    except client.exceptions.ResourceNotFoundException:
        return current
    try:
        return current + parse(previous.get("SecretString", ""))
    except SettingsError:  # the previous version must not invalidate the current one
        return current
