"""Browser sessions: a cookie that stands for the bearer token, which a browser does not send when it follows a link.

The cookie is `<expiry>.<mac>`. The MAC is an HMAC of the expiry with the token as its key. So the function stores
nothing, the cookie does not reveal the token, and a token that is rotated away invalidates its sessions.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass

SECONDS = 12 * 3600
FIRST_PAGE = "/jobs"
LONGEST_PATH = 2048

_VALUE = re.compile(r"([0-9]{1,12})\.([0-9a-f]{64})")
# Visible ASCII without a backslash, which browsers read as a slash. Two leading slashes would name a host.
_LOCAL_PATH = re.compile(r"/(?:[!-.0-\[\]-~][!-\[\]-~]*)?")


@dataclass(frozen=True, slots=True)
class Session:
    expires_at: int
    mac: str

    @property
    def value(self) -> str:
        return f"{self.expires_at}.{self.mac}"

    def expired(self, now: float) -> bool:
        return now >= self.expires_at

    def made_with(self, token: str) -> bool:
        return hmac.compare_digest(self.mac, _mac(token, self.expires_at))


def begin(token: str, *, now: float) -> Session:
    expires_at = int(now) + SECONDS
    return Session(expires_at, _mac(token, expires_at))


def parse(value: str) -> Session | None:
    """None if the value has not the form of a session. A valid form proves nothing: see `Session.made_with`."""
    found = _VALUE.fullmatch(value)
    return Session(int(found[1]), found[2]) if found and str(int(found[1])) == found[1] else None


def local_path(requested: str) -> str:
    """Where to redirect after signing in: the requested path if it is on this host, else the first page."""
    return requested if len(requested) <= LONGEST_PATH and _LOCAL_PATH.fullmatch(requested) else FIRST_PAGE


def _mac(token: str, expires_at: int) -> str:
    return hmac.new(
        token.encode(errors="surrogatepass"), f"syncline-session:{expires_at}".encode(), "sha256"
    ).hexdigest()
