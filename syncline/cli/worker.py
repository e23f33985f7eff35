"""`syncline worker`: become the worker program."""

from __future__ import annotations

import os
import sys
from typing import Annotated, NoReturn

import typer

from syncline.cli import extras
from syncline.cli.commands import Command, examples, new_app

app = new_app()


@app.command(
    cls=Command,
    epilog=examples("""
$ syncline worker --slots 3 --processes 2
"""),
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
) -> None:
    """Process the jobs of a deployment until SIGTERM.

    Reads the deployment from the SYNCLINE_* environment variables. The first SIGTERM or Ctrl-C takes no new job,
    finishes what can be finished in time and hands the rest to other workers.
    """
    run_worker(slots=slots, processes=processes)


def run_worker(*, slots: int | None, processes: int | None) -> NoReturn:
    """Replace this process by the worker, so that SIGTERM and Ctrl-C reach the worker itself."""
    extras.require("worker")
    options = {"--slots": slots, "--processes": processes}
    given = [text for name, value in options.items() if value is not None for text in (name, str(value))]
    # -P: no module comes from the working directory, which may hold a folder named `worker`.
    command = [sys.executable, "-P", "-m", "worker", *given]
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted
