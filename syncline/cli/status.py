"""`syncline status`."""

from __future__ import annotations

from typing import Annotated

import typer

from syncline.cli import parameters
from syncline.cli.commands import Command, examples, new_app
from syncline.cli.job_display import follow, print_job
from syncline.cli.remote import connected, exit_code, find

app = new_app()


@app.command(
    cls=Command,
    epilog=examples("""
$ syncline status uploads/talk.mp3
job        0d3c0c43-5b5c-5a0e-8f5b-3f3a3f7f6f55
recording  s3://my-bucket/uploads/talk.mp3
state      RUNNING align 40%
updated    2026-01-02T03:04:05.678Z
attempts   1
$ syncline status uploads/talk.mp3 --watch --json
"""),
)
def status(
    name: Annotated[
        str,
        typer.Argument(
            metavar="KEY|S3_ADDRESS|JOB_ID", help="The key of the recording, its s3:// address, or the job id."
        ),
    ],
    watch: parameters.Watch = False,
    as_json: parameters.AsJson = False,
) -> int:
    """Show the state of a job.

    Prints its progress, its results, and the reason if it failed. The key of a transcript or options file finds the
    job of its recording. Exit code 1 if the job FAILED or was REJECTED, so that scripts can wait for success with
    --watch.
    """
    return show_status(name, watch=watch, as_json=as_json)


def show_status(name: str, *, watch: bool, as_json: bool) -> int:
    with connected() as deployment:
        job = find(deployment, name)
        if watch:
            job_id = job.job_id
            job = follow(job, lambda: find(deployment, job_id), quiet=as_json)
        print_job(deployment, job, as_json=as_json)
    return exit_code(job)
