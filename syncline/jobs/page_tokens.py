"""The tokens with which the pages of a list continue: a position in the list, as text for an address.

A token is only a position. A forged one shows nothing that the caller may not list, but the caller checks its parts.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence


def encode(position: Sequence[str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def decode(token: str) -> list[str]:
    """Raises ValueError if the token is no list of texts."""
    try:
        position = json.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
    except RecursionError as error:
        raise ValueError(token) from error
    if not isinstance(position, list) or not all(isinstance(part, str) for part in position):
        raise ValueError(token)
    return position
