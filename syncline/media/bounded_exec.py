"""Become another program, under limits: `python -I -S bounded_exec.py PARENT_PID NAME=MOST,... PROGRAM ARGUMENT...`

A program of its own, because the other ways have holes. Code between fork and exec (preexec_fn) may deadlock
in a process with threads, and the worker has many; limits set from outside, once the child runs, come after it has
read its first hostile bytes. It imports nothing of ours, and little of Python's (json and signal would
double its start): it has to start in milliseconds, from any folder.
"""

import ctypes
import os
import resource
import sys

_PR_SET_PDEATHSIG = 1
_SIGKILL = 9


def die_with(parent: int) -> None:
    """Linux only. Elsewhere the limit on processor time is what ends an orphan."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before the kernel was told
            os.kill(os.getpid(), _SIGKILL)


def limit(limits: str) -> None:
    for one in limits.split(","):
        name, _, figure = one.partition("=")
        if name == "RLIMIT_AS" and sys.platform == "darwin":
            continue  # macOS has the name but refuses the call
        number = getattr(resource, name)
        hardest = resource.getrlimit(number)[1]
        most = int(figure)
        allowed = most if hardest == resource.RLIM_INFINITY else min(most, hardest)
        # The first signal for spent processor time tells why; the second, a little later, cannot be caught.
        last = allowed + 5 if name == "RLIMIT_CPU" and hardest == resource.RLIM_INFINITY else allowed
        resource.setrlimit(number, (allowed, last))


if __name__ == "__main__":
    die_with(int(sys.argv[1]))
    limit(sys.argv[2])
    os.execv(sys.argv[3], sys.argv[3:])  # noqa: S606 - running what it is given is its purpose
