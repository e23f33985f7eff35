"""Make glibc's allocator keep less of the memory that threads have freed."""

from __future__ import annotations

import ctypes
import sys

# From malloc.h.
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
ARENAS = 2
LARGE_BYTES = (
    32 << 20
)  # the largest value that glibc accepts; with smaller ones, Whisper spends its time on page faults


def limit_arenas() -> None:
    """Call before threads start. Without glibc this does nothing.

    By default each thread gets an arena of its own, up to eight for each core, and each keeps what was freed in it.
    Whisper's buffers of 50 MB and more would stay in all of them. With a fixed threshold they go back to the system.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, ARENAS)
        mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)
