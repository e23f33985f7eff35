"""Times as SRT and WebVTT write them."""

from __future__ import annotations


def clock(milliseconds: int, separator: str) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{separator}{thousandths:03d}"
