"""A worker of the local stack: ends with it, and polls in short turns so that it also ends soon."""

from __future__ import annotations

import logging
import os

from syncline import settings
from syncline.leash import die_with_parent

SHORT_POLL_SECONDS = 1


def main() -> None:
    die_with_parent()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    from worker.run import run

    run(settings.read(os.environ), wait_seconds=SHORT_POLL_SECONDS)


if __name__ == "__main__":
    main()
