"""`python -m worker`: a worker for the deployment that the environment names."""

from __future__ import annotations

import os
import sys

from syncline.aws import settings
from syncline.core.errors import SettingsError
from worker import logs
from worker.runtime import run


def main() -> int:
    logs.set_up()
    try:
        return run(settings.read(os.environ))
    except SettingsError as error:
        print(f"syncline worker: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
