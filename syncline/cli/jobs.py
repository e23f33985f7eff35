"""`syncline jobs`."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from syncline.cli import parameters
from syncline.cli.commands import Command, examples, new_app
from syncline.cli.console import print_json, show
from syncline.cli.job_display import lines, record
from syncline.cli.remote import connected
from syncline.core.job import Job, State

if TYPE_CHECKING:
    from syncline.aws.deployment import Deployment
    from syncline.jobs.job_search import Search

app = new_app()


@app.command(
    cls=Command,
    epilog=examples("""
$ syncline jobs
state      updated                   job                                   recording
SUCCEEDED  2026-11-28T20:12:33.822Z  78d7914a-1bcc-5367-8e8b-94f7563f97f6  uploads/hello.wav
$ syncline jobs --state FAILED
$ syncline jobs --metadata course=101
$ syncline jobs --prefix uploads/lessons/ --limit 100 --json
"""),
)
def jobs(
    state: Annotated[
        str | None,
        typer.Option(metavar="STATE", help=f"Only jobs in this state: {', '.join(State)}.", show_default="all"),
    ] = None,
    metadata: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=TEXT",
            help="Only jobs with this metadata. TEXT* finds every text that begins like it. Give it several times for "
            "several.",
            show_default=False,
        ),
    ] = None,
    prefix: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="Only uploads whose key begins like this.", show_default=False),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, metavar="NUMBER", help="How many jobs to list at most.")] = 20,
    as_json: parameters.AsJson = False,
) -> None:
    """List the jobs of the deployment, the last changed first.

    Each line has the state, the time of the last change, the job id and the recording's key. With --metadata or
    --prefix, the jobs are in the order of the texts or keys.
    """
    from syncline.jobs import job_search, job_view

    wanted = job_view.state_named(state.upper()) if state else None
    search = job_search.read(prefix=prefix, metadata=parameters.split_metadata(metadata), state=wanted)
    with connected() as deployment:
        found = _find(deployment, search, limit)
        if as_json:
            print_json([record(deployment, job) for job in found])
        elif found:
            show(lines(found))
        else:
            show(f"No jobs in state {wanted}." if wanted else "No jobs.")


def _find(deployment: Deployment, search: Search, limit: int) -> list[Job]:
    from syncline.jobs import job_search, job_view

    if search.prefix is not None or search.metadata:
        return list(islice(job_search.find_all(deployment, search), limit))
    if search.state is not None:
        return deployment.store.in_state(search.state, limit=limit)[0]
    return job_view.latest(deployment.store, limit=limit)
