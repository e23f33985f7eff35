"""The command line. `main` is the entry point; one module beside this one per command."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

INTERRUPTED = 130  # what shells say of a program that Ctrl-C has ended


def main(arguments: Sequence[str] | None = None) -> None:
    _write_utf8()
    try:
        from syncline.cli.app import run

        sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _write_utf8() -> None:
    """What goes to stdout is what would go to files, and those are UTF-8, whatever the terminal is set to."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
