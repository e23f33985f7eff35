"""`syncline delete`."""

from __future__ import annotations

from typing import Annotated

import typer

from syncline.cli import parameters
from syncline.cli.commands import Command, examples, new_app
from syncline.cli.console import note, print_json, show
from syncline.cli.exit_codes import OK, USAGE
from syncline.cli.remote import connected, id_of
from syncline.core.errors import InvalidInputError

app = new_app()


@app.command(
    cls=Command,
    epilog=examples("""
$ syncline delete uploads/talk.mp3
Deleted uploads/talk.mp3 and 4 files.
$ syncline delete uploads/talk.mp3 --uploads
"""),
)
def delete(
    names: Annotated[
        list[str], typer.Argument(metavar="KEY|JOB_ID", help="Jobs, by the recording's key or by job id.")
    ],
    uploads: Annotated[
        bool, typer.Option("--uploads", help="Also delete the recording, its transcript and its options.")
    ] = False,
    as_json: parameters.AsJson = False,
) -> int:
    """Delete jobs: their records and results.

    A worker that runs such a job stops. A job that cannot be deleted is reported and does not stop the others; the exit
    code is 2 then. Without --uploads, the recordings stay, and uploading one again makes a new job.
    """
    from syncline.jobs import deletion

    deleted, code = [], OK
    with connected() as deployment:
        for name in names:
            try:
                deleted.append(deletion.delete(deployment, id_of(deployment, name), uploads=uploads))
            except InvalidInputError as error:
                note(str(error), prefix=f"{name}:", style="red")
                code = USAGE
    if as_json:
        print_json([each.as_dict() for each in deleted])
    else:
        for each in deleted:
            show(f"Deleted {each.recording_key} and {len(each.keys)} files.")
    return code
