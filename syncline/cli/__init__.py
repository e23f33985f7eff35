"""The command line: one module for each command, loaded when the command is typed. `main` is the entry point."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

from syncline.cli.exit_codes import INTERRUPTED


def main(arguments: Sequence[str] | None = None) -> None:
    _write_utf8()
    try:
        from syncline.cli.app import run

        sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _write_utf8() -> None:
    """Stdout carries the bytes that a file would hold, and those are UTF-8 in every locale."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
