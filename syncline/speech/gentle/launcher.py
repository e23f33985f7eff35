"""Prepare a child process and run Gentle's align.py in it: launcher.py MEMORY_BYTES align.py ARGUMENT...

This file imports only the standard library, because Gentle's Python may not have Syncline installed. Standard input
is a pipe that never carries data; it closes when the parent dies.
"""

from __future__ import annotations

import os
import resource
import runpy
import signal
import sys
import threading
from pathlib import Path


def main() -> None:
    memory_bytes, script, *arguments = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_AS, (int(memory_bytes), int(memory_bytes)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    sys.argv = [script, *arguments]
    sys.path[0] = str(Path(script).parent)
    runpy.run_path(script, run_name="__main__")


def _exit_with_parent() -> None:
    """Kill the whole process group: k3 ignores the end of its input and would spin forever."""
    while os.read(0, 4096):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    main()
