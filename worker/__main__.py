"""`python -m worker`: a worker for the deployment that the environment names."""

from __future__ import annotations

import logging
import os
import sys

from syncline import settings
from syncline.errors import SettingsError
from worker.run import run


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        chosen = settings.read(os.environ)
    except SettingsError as error:
        print(f"syncline worker: {error}", file=sys.stderr)
        return 2
    run(chosen)
    return 0


if __name__ == "__main__":
    sys.exit(main())
