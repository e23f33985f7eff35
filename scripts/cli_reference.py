"""Write docs/cli.md from the help of the commands, so that the page says what `--help` says."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import typer

from syncline.cli.app import app
from syncline.cli.commands import SECTIONS, help_rows, load

HELP_OPTION = "-h, --help"
HEADER = """# Command line

This page has the text of `syncline COMMAND --help`. scripts/make_references.py writes it from the code.
"""


def document() -> str:
    root = typer.main.get_command(app)
    parts = [HEADER, *_paragraphs(root.help), *_contents()]
    for title, names in SECTIONS.items():
        parts.append(f"## {title}")
        for name in names:
            parts += _command(load(name), root, f"syncline {name}")
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _contents() -> Iterator[str]:
    yield "| command | what it does |\n|---|---|\n" + "\n".join(
        f"| [`{name}`](#syncline-{name}) | {load(name).help.partition(chr(10))[0]} |"
        for names in SECTIONS.values()
        for name in names
    )


def _command(command: Any, root: Any, path: str) -> Iterator[str]:
    context = typer.Context(command, info_name=path, parent=None, help_option_names=["-h", "--help"])
    yield f"### {path}"
    yield from _paragraphs(command.help)
    if hasattr(command, "commands"):
        for name, subcommand in command.commands.items():
            yield from _command(subcommand, root, f"{path} {name}")
        return
    yield _indented(f"{path} {' '.join(command.collect_usage_pieces(context))}")
    for title, rows in help_rows(command, context).items():
        shown = [_row(name, text) for name, text in rows if name != HELP_OPTION]
        if shown:
            yield f"| {title.lower()} | |\n|---|---|\n" + "\n".join(shown)
    yield from _examples(command.epilog)


def _paragraphs(text: str | None) -> list[str]:
    return inspect.cleandoc(text or "").split("\n\n")


def _row(name: str, text: str) -> str:
    meaning = _cell(text).replace("*", "\\*")
    return f"| `{_cell(name)}` | {meaning} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _examples(epilog: str) -> Iterator[str]:
    _, title, *lines = epilog.splitlines()
    yield title
    yield _indented(inspect.cleandoc("\n".join(lines)))


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
