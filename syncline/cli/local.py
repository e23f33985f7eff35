"""`syncline local`: a whole deployment on this machine."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from syncline.cli import extras, parameters
from syncline.cli.commands import Command, examples, new_app
from syncline.cli.console import note, print_json, show
from syncline.cli.local_stack import STARTING, ending_on_signals, environment_lines, wait, work_folder
from syncline.core import options
from syncline.core.errors import InvalidInputError

if TYPE_CHECKING:
    from syncline.local.stack import LocalStack

app = new_app()


@app.command(
    cls=Command,
    epilog=examples("""
$ syncline local --workers 2 --webhook http://127.0.0.1:8000/
Everything answers. In another terminal:
export AWS_ENDPOINT_URL=http://127.0.0.1:43123
...
aws s3 cp talk.mp3 s3://syncline-local/uploads/talk.mp3
aws s3 cp talk.txt s3://syncline-local/uploads/talk.txt
"""),
)
def local(
    workers: parameters.Workers = 1,
    port: parameters.Port = None,
    engine: parameters.Engine = None,
    models: parameters.ModelsFolder = None,
    webhook: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URL",
            help="Address that gets the events of jobs that ended or were deleted. Give it several times for several.",
            show_default=False,
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder for logs and temporary files.", show_default="a temporary one"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON when everything answers.")] = False,
) -> None:
    """Run a whole deployment on this machine until Ctrl-C.

    moto takes the place of S3, SQS and DynamoDB; the receptions, the status URL with its pages and the workers are
    those of a deployment in AWS. The command prints the environment variables with which the aws command line, curl
    and syncline use it from another terminal. All data is gone when it ends.
    """
    run_local(
        workers=workers, port=port, engine=engine, models=models, webhooks=webhook or [], data=data, as_json=as_json
    )


def run_local(
    *,
    workers: int,
    port: int | None,
    engine: str | None,
    models: Path | None,
    webhooks: Sequence[str],
    data: Path | None,
    as_json: bool,
) -> None:
    extras.require("worker", "local")
    from syncline.local.stack import local_settings, running_stack

    if engine:
        options.from_dict({"engine": engine})  # a mistake should end the command before anything is started
    for url in webhooks:
        _check_webhook(url)
    settings = local_settings(os.environ, engine=engine, models=models.resolve() if models else None)
    with ending_on_signals(), work_folder(data) as folder:
        note(STARTING)
        with running_stack(settings, folder, workers=workers, port=port, webhooks=webhooks) as stack:
            if as_json:
                print_json(stack.description(), indent=None)
            else:
                _print_guide(stack)
            wait(stack)


def _check_webhook(url: str) -> None:
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise InvalidInputError(
            f"“{url}” is not the address of a webhook.",
            code="bad_address",
            hint="For example: --webhook http://127.0.0.1:8000/",
        )


def _print_guide(stack: LocalStack) -> None:
    bucket, url = stack.settings.bucket, stack.settings.status_url
    show("Everything answers. In another terminal:\n")
    show(environment_lines(stack))
    show(f"\naws s3 cp talk.mp3 s3://{bucket}/uploads/talk.mp3")
    show(f"aws s3 cp talk.txt s3://{bucket}/uploads/talk.txt")
    show(f'curl -H "Authorization: Bearer $SYNCLINE_TOKEN" "{url}/jobs?key=uploads/talk.mp3"')
    show(f"\nIn a browser: {stack.page}")
    show(f"\nLogs are in {stack.folder}. Ctrl-C ends everything.")
