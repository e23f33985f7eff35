"""Report the progress of long work."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[float], None]  # called with the finished share of the work, 0..1
StageProgress = Callable[[str, float], None]  # called with the name of the stage and the finished share


def portion(progress: Progress, start: float, end: float) -> Progress:
    """Report the progress of one step, 0..1, as the part from `start` to `end` of the whole."""
    return lambda share: progress(start + (end - start) * share)
