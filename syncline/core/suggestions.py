"""The "Did you mean …?" of error messages."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(given: str, allowed: Iterable[str]) -> str:
    """A sentence with a leading space that names the nearest allowed value; an empty text if none is near."""
    nearest = difflib.get_close_matches(given[:80], list(allowed), n=1)
    return f" Did you mean “{nearest[0]}”?" if nearest else ""
