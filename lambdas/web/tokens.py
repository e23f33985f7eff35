"""The bearer tokens that open the status URL: from Secrets Manager, remembered for a while, two while one is rotated.

The secret is the token itself, or {"current": "...", "previous": "..."}. While clients change over, the previous one
opens, too: the one that the JSON names, and the one that the secret held before it was last written.
"""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from syncline.core.errors import SettingsError

REMEMBERED_SECONDS = 300.0
# A token that is not known may be a new one: look again, but let nobody make us look all the time.
SECONDS_BETWEEN_LOOKS = 10.0


@dataclass(slots=True)
class Tokens:
    fetch: Callable[[], tuple[str, ...]]
    clock: Callable[[], float] = time.monotonic
    _known: tuple[str, ...] = ()
    _looked: float = field(default=float("-inf"))

    def accept(self, given: str) -> bool:
        shown = given.encode(errors="surrogatepass")  # whatever is sent gets compared
        return self.any_fits(lambda token: hmac.compare_digest(shown, token.encode()))

    def any_fits(self, fits: Callable[[str], bool]) -> bool:
        """Whether what somebody shows fits to a valid token; `fits` must take the same time whatever it finds."""
        age = self.clock() - self._looked
        if age > REMEMBERED_SECONDS:
            self._look()
        if self._among_known(fits):
            return True
        if SECONDS_BETWEEN_LOOKS < age <= REMEMBERED_SECONDS:
            self._look()
            return self._among_known(fits)
        return False

    def _look(self) -> None:
        self._known = self.fetch()
        self._looked = self.clock()

    def _among_known(self, fits: Callable[[str], bool]) -> bool:
        # Every token is compared, and to its end: the time taken tells nothing.
        return sum([fits(token) for token in self._known]) > 0


def parse(secret: str) -> tuple[str, ...]:
    """-> the tokens that are valid; raises SettingsError if there is none, since nobody could ever get in."""
    text = secret.strip()
    tokens: list[object] = [text]
    if text.startswith("{"):
        try:
            document = json.loads(text)
        except ValueError:
            document = {}
        tokens = [document.get("current"), document.get("previous")]
    valid = tuple(token for token in tokens if isinstance(token, str) and token)
    if not valid:
        raise SettingsError(
            "The secret of the status URL holds no token.",
            hint='Store the token as plain text, or as {"current": "...", "previous": "..."}.',
        )
    return valid


def from_secret(client: Any, secret_id: str) -> Tokens:
    return Tokens(lambda: _both_versions(client, secret_id))


def fixed(token: str) -> Tokens:
    return Tokens(lambda: (token,))


def _both_versions(client: Any, secret_id: str) -> tuple[str, ...]:
    """Secrets Manager itself remembers the version before: a plain token needs no JSON to be rotated."""
    current = parse(client.get_secret_value(SecretId=secret_id).get("SecretString", ""))
    try:
        previous = client.get_secret_value(SecretId=secret_id, VersionStage="AWSPREVIOUS")
    except client.exceptions.ResourceNotFoundException:
        return current
    return current + parse(previous.get("SecretString", ""))
