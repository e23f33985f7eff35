"""Keep the last messages of Kaldi's programs, k3 and m3, and find the reason of a failure in them."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field

MAX_LINES = 40
MAX_REASON_CHARACTERS = 300

# k3 writes "unknown command" in an endless loop after the end of its input, and a warning at every decode.
_NOISE = re.compile(r"unknown command|(LOG|VLOG\[\d+\]|WARNING) \(|\[ Stack-Trace|\s*$")
# From the most to the least specific; what() is often empty.
_REASONS = (
    re.compile(r"(ERROR|ASSERTION_FAILED) |OpenBLAS|expected .{1,200}? to exist"),
    re.compile(r"what\(\): *\S"),
    re.compile(r"terminate called"),
)
_DEATH = re.compile(r"(k3|m3) died \((killed by (\w+)|exit code \d+)\)$")  # written by the launcher
_OUT_OF_MEMORY = re.compile(
    r"bad_alloc|(cannot|failed to|unable to) (allocate|map)|alloc\w{0,20} failed|out of memory|too many memory regions"
    r"|Resource temporarily unavailable",
    re.IGNORECASE,
)


@dataclass(slots=True)
class KaldiLog:
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=MAX_LINES))

    def record(self, line: str) -> None:
        if not _NOISE.match(line):
            self.lines.append(line)

    @property
    def reason(self) -> str:
        """The last message that explains a failure, or an empty string."""
        lines = [line.strip() for line in reversed(self.lines)]
        found = (line for pattern in _REASONS for line in lines if pattern.match(line))
        return next(found, "")[:MAX_REASON_CHARACTERS]

    @property
    def death(self) -> tuple[str, str] | None:
        """The program that died and how, when the launcher reported it."""
        found = [match for line in self.lines if (match := _DEATH.match(line))]
        return (found[-1][1], found[-1][2]) if found else None

    @property
    def out_of_memory(self) -> bool:
        return any(_OUT_OF_MEMORY.search(line) for line in self.lines)
