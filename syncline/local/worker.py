"""A worker of the local stack: ends with it, and polls in short turns so that it also ends soon."""

from __future__ import annotations

import os
import sys

from syncline.aws import settings
from syncline.processes.parent_death import exit_with_parent

SHORT_POLL_SECONDS = 1


def main() -> None:
    exit_with_parent()
    from worker import logs
    from worker.runtime import run

    logs.set_up()
    sys.exit(run(settings.read(os.environ), wait_seconds=SHORT_POLL_SECONDS))


if __name__ == "__main__":
    main()
