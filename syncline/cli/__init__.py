"""The command line. `main` is the entry point; one module beside this one per command."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    from syncline.cli.app import run

    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))
