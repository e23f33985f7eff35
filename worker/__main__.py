"""`python -m worker`: run a worker for the deployment that the environment names."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace

from syncline.aws import settings
from syncline.core.errors import SettingsError
from syncline.processes.parent_death import exit_with_parent
from worker import logs
from worker.runtime import LONG_POLL_SECONDS, run


def main(arguments: Sequence[str] | None = None) -> int:
    """-> the exit code."""
    given = _parser().parse_args(arguments)
    if given.exit_with_parent:
        exit_with_parent()
    logs.set_up()
    try:
        chosen = settings.read(os.environ)
        chosen = replace(chosen, slots=given.slots or chosen.slots, processes=given.processes or chosen.processes)
        return run(chosen, wait_seconds=given.wait_seconds)
    except SettingsError as error:
        print(f"syncline worker: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m worker", description="Run jobs from the deployment's queues.")
    parser.add_argument("--slots", type=int, help="jobs at once; by default SYNCLINE_SLOTS, or one more than cores")
    parser.add_argument(
        "--processes", type=int, help="alignment processes; by default SYNCLINE_PROCESSES, or one per core"
    )
    parser.add_argument(
        "--wait-seconds", type=int, default=LONG_POLL_SECONDS, choices=range(21), metavar="0..20",
        help="how long a poll of a queue waits for a message (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--exit-with-parent", action="store_true", help="end when the parent process dies")
    return parser


if __name__ == "__main__":
    sys.exit(main())
