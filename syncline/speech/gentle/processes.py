"""What the kernel says about the processes of one session (Linux; elsewhere nothing is known)."""

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
    dead: bool  # it has ended, and its parent has not asked how
    cpu_ticks: int
    memory_bytes: int
    wait_status: int  # of a dead one

    @property
    def ending(self) -> str:
        if os.WIFSIGNALED(self.wait_status):
            return f"killed by {signal.Signals(os.WTERMSIG(self.wait_status)).name}"
        return f"exit code {os.WEXITSTATUS(self.wait_status)}"


def of_session(leader: int) -> Iterator[Process]:
    """The leader and everything that it started, also what has lost its parent since."""
    for folder in PROC.glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:  # it ended while we looked
            continue
        session, process = _parse(stat)
        if session == leader:
            yield process


def _parse(stat: str) -> tuple[int, Process]:
    """proc(5): `pid (name) state ppid pgrp session ...`; the name may hold anything, also parentheses."""
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
