"""Show the progress of `pip install`: the script reads pip's output and prints a few lines of it.

On a terminal one line counts the packages. Elsewhere, as in CI, there is a line for every tenth package. If pip fails,
it writes the reason to stderr itself.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterable, Iterator

EVERY = 10
_FOUND = re.compile(r"Collecting ([\w.-]+)")
_INSTALLING = re.compile(r"Installing collected packages: (.+)")


def progress(lines: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """-> what to show, and whether it is worth a line of its own."""
    found = 0
    for line in lines:
        if match := _FOUND.match(line):
            found += 1
            yield f"setup: {found} packages found, the last is {match[1]}", found % EVERY == 0
        elif match := _INSTALLING.match(line):
            yield f"setup: installing {match[1].count(',') + 1} packages", True


def main() -> None:
    began = time.monotonic()
    terminal = sys.stdout.isatty()
    for text, important in progress(sys.stdin):
        if terminal:
            print(f"\r\x1b[K{text}", end="", flush=True)
        elif important:
            print(text, flush=True)
    ending = "\r\x1b[K" if terminal else ""
    print(f"{ending}setup: pip ended after {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
