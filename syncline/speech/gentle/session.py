"""Read the state of the processes of one session from /proc (Linux; elsewhere the list is empty)."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    pid: int
    name: str
    dead: bool  # a zombie: its parent has not read its exit status
    cpu_ticks: int
    memory_bytes: int  # resident
    wait_status: int  # of a zombie

    @property
    def ending(self) -> str:
        if os.WIFSIGNALED(self.wait_status):
            return f"killed by {signal.Signals(os.WTERMSIG(self.wait_status)).name}"
        return f"exit code {os.WEXITSTATUS(self.wait_status)}"


def members(leader: int) -> Iterator[Process]:
    """Yield the session's leader and its descendants, including orphans."""
    for folder in PROC.glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:  # the process ended after the glob
            continue
        session, process = _parse(stat)
        if session == leader:
            yield process


def _parse(stat: str) -> tuple[int, Process]:
    """Parse `pid (name) state ppid pgrp session ...` (proc(5)). The name can contain parentheses."""
    pid, _, rest = stat.partition(" (")
    name, _, numbers = rest.rpartition(") ")
    fields = numbers.split()  # fields[0] is the state, number 3 in the manual
    return int(fields[3]), Process(
        pid=int(pid),
        name=name,
        dead=fields[0] == "Z",
        cpu_ticks=int(fields[11]) + int(fields[12]),
        memory_bytes=int(fields[21]) * os.sysconf("SC_PAGE_SIZE"),
        wait_status=int(fields[49]),
    )
