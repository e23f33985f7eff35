"""Times in a recording, in seconds, as results hold them."""

from __future__ import annotations

TIME_DIGITS = 3  # milliseconds: finer than any engine's frames


def round_time(seconds: float) -> float:
    return round(seconds, TIME_DIGITS)


def rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round_time(seconds)
