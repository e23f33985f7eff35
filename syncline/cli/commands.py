"""The table of commands, and the group that loads them.

A command is a module of this package that defines `app`, a Typer application with one command, or with several where
the command has subcommands. Only the module of the command that was typed is imported; `syncline --help` imports all
of them. Therefore the modules import boto3, Celery and the engines inside functions.
"""

from __future__ import annotations

import importlib
import re
from typing import Any, cast

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup

SECTIONS = {
    "On this machine": ("align", "transcribe", "captions", "translate", "entities", "ask", "models", "languages"),
    "Jobs of a deployment": ("submit", "status", "jobs", "retry", "delete", "dead-letters", "backfill"),
    "Run and check": ("demo", "local", "worker", "translate-server", "doctor"),
}
_DESCRIBED_DEFAULT = re.compile(r"\[default: \(([^()]*)\)")  # Typer puts described defaults into parentheses
_BRACES = str.maketrans("", "", "{}")
NAMES = tuple(name for names in SECTIONS.values() for name in names)


def new_app(**settings: Any) -> typer.Typer:
    """The Typer application of one command."""
    return typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, **settings)


def load(name: str) -> Any:
    """-> the command of that name, as click calls it."""
    module = importlib.import_module(f"{__package__}.{name.replace('-', '_')}")
    command = typer.main.get_command(module.app)
    command.name = name
    return command


class Command(TyperCommand):
    """A command whose help shows an argument by its placeholder: RECORDING, not {RECORDING} or RECORDING <path>."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return [piece.translate(_BRACES) for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        for title, rows in help_rows(self, ctx).items():
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


def help_rows(command: Any, ctx: Any) -> dict[str, list[tuple[str, str]]]:
    """The names of arguments and options with what the help says about them."""
    rows: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
    for parameter in command.get_params(ctx):
        record = parameter.get_help_record(ctx)
        if record is None:
            continue
        name, text = record
        text = _DESCRIBED_DEFAULT.sub(r"[default: \1", text)
        if isinstance(parameter, TyperArgument):
            rows["Arguments"].append((name.partition(" <")[0], text))
        else:
            rows["Options"].append((name, text))
    return rows


class CommandGroup(TyperGroup):
    """`syncline`: knows the names of all commands and loads a command on request."""

    def __init__(self, **attributes: Any) -> None:
        # Typer proposes names for a misspelt command from the keys of this mapping.
        super().__init__(**attributes | {"commands": dict.fromkeys(NAMES)})

    def list_commands(self, ctx: Any) -> list[str]:
        return list(NAMES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return load(cmd_name) if cmd_name in NAMES else None

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        for title, names in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(f"{name:16}", _summary(load(name))) for name in names])


def _summary(command: Any) -> str:
    return cast(str, command.help).partition("\n")[0]


def examples(text: str) -> str:
    """The epilog of a command: its examples and what they print, with the line breaks of `text`."""
    lines = text.strip().splitlines()
    return "\n".join(["\b", "Example:" if text.count("$ ") == 1 else "Examples:", *(f"  {line}" for line in lines)])
