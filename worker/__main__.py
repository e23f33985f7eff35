"""`python -m worker`: a worker for the deployment that the environment names."""

from __future__ import annotations

import os
import sys

from syncline import settings
from syncline.errors import SettingsError
from worker import logs
from worker.run import run


def main() -> int:
    logs.set_up()
    try:
        return run(settings.read(os.environ))
    except SettingsError as error:
        print(f"syncline worker: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
