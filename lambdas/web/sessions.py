"""Signing in with a browser, which sends no bearer token when it follows a link: a cookie stands for it, for a while.

The cookie is `<when it ends>.<mac>`, where the mac is made with the token itself. So nothing has to be remembered, no
reader of a cookie learns the token, and a token that is not valid any more opens nothing.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass

SECONDS = 12 * 3600
FIRST_PAGE = "/jobs"
LONGEST_PATH = 2048

_VALUE = re.compile(r"([0-9]{1,12})\.([0-9a-f]{64})")
# Visible ASCII without a backslash, which browsers take for a slash; two slashes would begin the name of a host.
_LOCAL_PATH = re.compile(r"/(?:[!-.0-\[\]-~][!-\[\]-~]*)?")


@dataclass(frozen=True, slots=True)
class Session:
    ends: int
    mac: str

    @property
    def value(self) -> str:
        return f"{self.ends}.{self.mac}"

    def lasts(self, now: float) -> bool:
        return now < self.ends

    def made_with(self, token: str) -> bool:
        return hmac.compare_digest(self.mac, _mac(token, self.ends))


def begin(token: str, *, now: float) -> Session:
    ends = int(now) + SECONDS
    return Session(ends, _mac(token, ends))


def read(value: str) -> Session | None:
    """None for what cannot be a session; whether it opens anything is for the valid tokens to say."""
    found = _VALUE.fullmatch(value)
    return Session(int(found[1]), found[2]) if found and str(int(found[1])) == found[1] else None


def local_path(wanted: str) -> str:
    """Where to go after signing in: a path of ours, or the first page if somebody wants to lead elsewhere."""
    return wanted if len(wanted) <= LONGEST_PATH and _LOCAL_PATH.fullmatch(wanted) else FIRST_PAGE


def _mac(token: str, ends: int) -> str:
    return hmac.new(token.encode(errors="surrogatepass"), f"syncline-session:{ends}".encode(), "sha256").hexdigest()
