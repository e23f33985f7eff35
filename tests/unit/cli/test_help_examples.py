"""The examples that `--help` teaches are commands that are understood."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import pytest
import typer

from syncline.cli.app import app

EXAMPLE = re.compile(r"`syncline ([^`]+)`")


def commands(group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


ALL = list(commands(typer.main.get_command(app)))
TAUGHT = [(path, command, example) for path, command in ALL for example in EXAMPLE.findall(command.epilog or "")]


@pytest.mark.parametrize(("path", "command", "example"), TAUGHT, ids=[example for *_, example in TAUGHT])
def test_an_example_is_understood(path: tuple[str, ...], command, example: str) -> None:
    words = shlex.split(example)
    assert tuple(words[: len(path)]) == path
    command.make_context(path[-1], words[len(path) :])


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) for path, _ in ALL])
def test_every_command_says_what_it_does_and_shows_how(path: tuple[str, ...], command) -> None:
    assert command.help
    assert EXAMPLE.search(command.epilog or ""), f"no example for {' '.join(path)}"
