"""The `syncline` program: parse the command line, run the command, report errors."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from syncline import __version__
from syncline.cli.commands import CommandGroup
from syncline.cli.errors import report
from syncline.cli.exit_codes import FAILED, OK

app = typer.Typer(
    cls=CommandGroup,
    name="syncline",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)


def run(arguments: list[str]) -> int:
    """-> the exit code."""
    try:
        result = typer.main.get_command(app).main(arguments, prog_name="syncline", standalone_mode=False)
        sys.stdout.flush()
    except typer.Abort:
        return FAILED
    except Exception as error:
        return report(error)
    return result if isinstance(result, int) else OK


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"syncline {__version__}")
        raise typer.Exit


@app.callback()
def syncline(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Find the time of every word of a transcript in its recording; make captions and translations from it.

    The first commands work on files of this machine and need no AWS account. The others talk to a deployment, which
    they find in the SYNCLINE_* environment variables. `terraform output -json environment` prints these variables for
    a deployment in AWS, and `syncline local` prints them for a deployment on this machine.

    Exit codes: 0 for success, 1 if something failed, 2 if the request was wrong, 130 after Ctrl-C.
    """
