"""`syncline worker`."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Annotated

import typer

from syncline.aws import settings
from syncline.cli.commands import examples, new_app

app = new_app()


@app.command(
    epilog=examples("""
$ syncline worker --slots 3 --processes 2
""")
)
def worker(
    slots: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="NUMBER", help="Jobs that run at the same time.", show_default="one more than cores"
        ),
    ] = None,
    processes: Annotated[
        int | None,
        typer.Option(min=1, metavar="NUMBER", help="Processes to align with.", show_default="one per core"),
    ] = None,
) -> int:
    """Process the jobs of a deployment until SIGTERM.

    Reads the deployment from the SYNCLINE_* environment variables. The first SIGTERM or Ctrl-C takes no new job,
    finishes what can be finished in time and hands the rest to other workers.
    """
    return run_worker(slots=slots, processes=processes)


def run_worker(*, slots: int | None, processes: int | None) -> int:
    """-> the exit code."""
    from worker import logs
    from worker.runtime import run

    logs.set_up()
    chosen = settings.read(os.environ)
    return run(replace(chosen, slots=slots or chosen.slots, processes=processes or chosen.processes))
