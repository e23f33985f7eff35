"""Run the steps of a job that read the text of uploads.

A worker and the Lambda aligner run them in a child process under a time limit: native code and long loops over text
that anyone may upload would hold Python's interpreter lock, and with it the leases of all jobs. `syncline align` runs
them in its own process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from syncline.processes.pool import Pool, run_one

STEP_SECONDS = 60.0  # a hundred times what the longest accepted transcript takes

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class TextSteps:
    """Without a pool, the steps run in this process."""

    pool: Pool | None = None

    def run(self, step: Callable[[Item], Result], item: Item) -> Result:
        """Raises what the step raises of Syncline's errors, and EngineError if it crashes or takes too long."""
        return step(item) if self.pool is None else run_one(self.pool, step, item, seconds=STEP_SECONDS)


IN_THIS_PROCESS = TextSteps()
