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
$ syncline status uploads/hello.wav
job        78d7914a-1bcc-5367-8e8b-94f7563f97f6
recording  s3://syncline-local/uploads/hello.wav
state      SUCCEEDED
updated    2026-11-28T20:12:33.822Z
attempts   1
words      23 of 23 aligned
audio      9.016 s
results    results/hello.wav/alignment.json (12,183 bytes)
           results/hello.wav/captions.en.srt (250 bytes)
           results/hello.wav/captions.en.vtt (257 bytes)
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
