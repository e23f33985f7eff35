from __future__ import annotations

import logging
import os
from dataclasses import replace

from syncline import settings


def run_worker(*, slots: int | None, processes: int | None) -> None:
    from worker.run import run

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    chosen = settings.read(os.environ)
    run(replace(chosen, slots=slots or chosen.slots, processes=processes or chosen.processes))
