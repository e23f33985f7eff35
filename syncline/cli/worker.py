from __future__ import annotations

import os
from dataclasses import replace

from syncline.aws import settings


def run_worker(*, slots: int | None, processes: int | None) -> int:
    """-> the exit code."""
    from worker import logs
    from worker.runtime import run

    logs.set_up()
    chosen = settings.read(os.environ)
    return run(replace(chosen, slots=slots or chosen.slots, processes=processes or chosen.processes))
