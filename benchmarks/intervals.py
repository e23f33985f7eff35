"""Confidence intervals for shares."""

from __future__ import annotations

import math

Z_95 = 1.959964  # of the normal distribution


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The Wilson score interval at 95%: it holds for small samples and shares near 0 or 1 too."""
    if not whole:
        return 0.0, 1.0
    share, weight = part / whole, Z_95**2 / whole
    middle = (share + weight / 2) / (1 + weight)
    half = Z_95 / (1 + weight) * math.sqrt(share * (1 - share) / whole + weight / (4 * whole))
    return max(0.0, middle - half), min(1.0, middle + half)


def share_with_interval(part: int, whole: int) -> str:
    """Such as "97.8% (96.4 to 98.6)"."""
    if not whole:
        return "-"
    low, high = wilson(part, whole)
    return f"{100 * part / whole:.1f}% ({100 * low:.1f} to {100 * high:.1f})"
