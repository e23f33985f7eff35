"""Print errors and choose the exit code. No command prints a traceback for a foreseeable error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from syncline.cli import extras
from syncline.cli.console import note
from syncline.cli.exit_codes import FAILED, USAGE
from syncline.core.errors import InvalidInputError, SettingsError, SynclineError


def report(error: Exception) -> int:
    """Print the error to stderr; -> the exit code. Raises it again if it is not a foreseeable one."""
    if isinstance(error, typer.TyperException):
        _report_misuse(error)
        return USAGE
    if isinstance(error, SynclineError):
        say(f"{error.message} {error.hint}")
        return USAGE if isinstance(error, InvalidInputError | SettingsError) else FAILED
    if isinstance(error, UnicodeEncodeError):
        _report_undecodable_name(error)
        return USAGE
    if isinstance(error, OSError):  # a full disk, a folder without permission
        say(f"{error.filename}: {error.strerror or error}." if error.filename else f"{error.strerror or error}.")
        _discard_pending_output()
        return FAILED
    if isinstance(error, ModuleNotFoundError) and (missing := extras.missing_package(error)):
        return report(missing)
    raise error


def say(message: str) -> None:
    note(message.strip(), prefix="syncline:", style="red")


@contextmanager
def aws_errors() -> Iterator[None]:
    """Raise AWS's own errors as errors of Syncline, which say what to do next."""
    from botocore.exceptions import BotoCoreError, ClientError

    from syncline.aws.clients import translated

    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise translated(error) from error


def _report_misuse(error: typer.TyperException) -> None:
    """An unknown command, a missing argument, a bad value."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(context.get_help() if context else "")
        return
    if context is not None:
        note(context.get_usage())
        note(f"Try '{context.command_path} --help' for help.")
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    say(message)


def _report_undecodable_name(error: UnicodeEncodeError) -> None:
    """Python keeps the bytes of a file name that are not UTF-8 as lone surrogates, which S3 refuses."""
    name = error.object.encode(errors="replace").decode()
    say(f"“{name[:200]}” contains bytes that are not UTF-8. S3 keys are UTF-8: rename the file.")


def _discard_pending_output() -> None:
    """Otherwise Python writes the rest again at exit, fails again, and prints a message of its own."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
