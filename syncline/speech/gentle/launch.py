"""Runs inside the child process, before and around Gentle's align.py: launch.py MEMORY_BYTES align.py ARGUMENT...

Standard library only, and nothing of Syncline: Gentle may be run by a Python that has neither. Its standard
input is a pipe that nobody writes to; when that ends, the process that started us is gone.
"""

from __future__ import annotations

import difflib
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
    threading.Thread(target=_end_with_parent, daemon=True).start()
    difflib.SequenceMatcher = _PatientMatcher  # type: ignore[misc]
    sys.argv = [script, *arguments]
    sys.path[0] = str(Path(script).parent)
    runpy.run_path(script, run_name="__main__")


def _end_with_parent() -> None:
    """k3 ignores the end of its input and would spin for ever without us, so the whole group goes."""
    while os.read(0, 4096):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


class _PatientMatcher(difflib.SequenceMatcher):  # type: ignore[type-arg]
    """Gentle matches what it heard with the transcript through difflib, which by default ignores every word that is
    frequent in a long text: of a repeated refrain nearly nothing is found. The pieces given to Gentle are short
    enough to do without that shortcut."""

    def __init__(self, isjunk=None, a="", b="", autojunk=True) -> None:  # type: ignore[no-untyped-def]
        super().__init__(isjunk, a, b, autojunk=False)


if __name__ == "__main__":
    main()
