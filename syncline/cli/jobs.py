"""`syncline jobs`."""

from __future__ import annotations

from typing import Annotated

import typer

from syncline.cli import parameters
from syncline.cli.commands import Command, examples, new_app
from syncline.cli.console import print_json, show
from syncline.cli.job_display import lines, record
from syncline.cli.remote import connected
from syncline.core.job import State

app = new_app()


@app.command(
    cls=Command,
    epilog=examples("""
$ syncline jobs
state      updated                   job                                   recording
SUCCEEDED  2026-11-28T20:12:33.822Z  78d7914a-1bcc-5367-8e8b-94f7563f97f6  uploads/hello.wav
$ syncline jobs --state FAILED
$ syncline jobs --limit 100 --json
"""),
)
def jobs(
    state: Annotated[
        str | None,
        typer.Option(metavar="STATE", help=f"Only jobs in this state: {', '.join(State)}.", show_default="all"),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, metavar="NUMBER", help="How many jobs to list at most.")] = 20,
    as_json: parameters.AsJson = False,
) -> None:
    """List the jobs of the deployment, the last changed first.

    Each line has the state, the time of the last change, the job id and the recording's key.
    """
    from syncline.jobs.job_view import latest, state_named

    wanted = state_named(state.upper()) if state else None
    with connected() as deployment:
        store = deployment.store
        newest = store.in_state(wanted, limit=limit)[0] if wanted else latest(store, limit=limit)
        if as_json:
            print_json([record(deployment, job) for job in newest])
        elif newest:
            show(lines(newest))
        else:
            show(f"No jobs in state {wanted}." if wanted else "No jobs.")
