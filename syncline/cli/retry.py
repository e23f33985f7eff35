"""`syncline retry`."""

from __future__ import annotations

from typing import Annotated

import typer

from syncline.cli import parameters
from syncline.cli.commands import Command, examples, new_app
from syncline.cli.console import print_json, show
from syncline.cli.job_display import coloured, record
from syncline.cli.remote import connected, retry_each

app = new_app()


@app.command(
    cls=Command,
    epilog=examples("""
$ syncline retry uploads/talk.mp3
QUEUED uploads/talk.mp3
"""),
)
def retry(
    names: Annotated[
        list[str], typer.Argument(metavar="KEY|JOB_ID", help="Jobs, by the recording's key or by job id.")
    ],
    as_json: parameters.AsJson = False,
) -> int:
    """Run jobs again that FAILED or were REJECTED.

    The files are read from the bucket again, so a file that was replaced is used as it is now. A job that cannot be
    retried is reported and does not stop the others. Exit code 2 if there was one, 1 if a job was REJECTED again.
    """
    with connected() as deployment:
        retried, code = retry_each(deployment, names)
        if as_json:
            print_json([record(deployment, job) for job in retried])
    if not as_json:
        for job in retried:
            show(coloured(job.state).append(f" {job.recording_key}", style="default"))
    return code
