"""Every command has a summary, a description and an example, and the examples parse."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from syncline.cli.commands import NAMES, load

EXAMPLE = re.compile(r"^\s*\$ syncline (.+)$", re.MULTILINE)


def leaves(name: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    command = load(name)
    if not hasattr(command, "commands"):
        yield (name,), command
        return
    for sub_name, sub_command in command.commands.items():
        yield (name, sub_name), sub_command


COMMANDS = [found for name in NAMES for found in leaves(name)]
EXAMPLES = [(path, command, example) for path, command in COMMANDS for example in EXAMPLE.findall(command.epilog or "")]


@pytest.mark.parametrize(("path", "command", "example"), EXAMPLES, ids=[example for *_, example in EXAMPLES])
def test_an_example_parses(path: tuple[str, ...], command: Any, example: str) -> None:
    words = shlex.split(example)
    assert tuple(words[: len(path)]) == path
    command.make_context(path[-1], words[len(path) :])


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[" ".join(path) for path, _ in COMMANDS])
def test_a_command_has_a_summary_a_description_and_an_example(path: tuple[str, ...], command: Any) -> None:
    summary, blank, *description = command.help.splitlines()
    assert summary.endswith(".")
    assert len(summary) <= 58, "the list of commands shows it on one line"
    assert not blank
    assert description
    assert EXAMPLE.search(command.epilog or "")


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[" ".join(path) for path, _ in COMMANDS])
def test_every_argument_and_option_has_help_and_a_readable_placeholder(path: tuple[str, ...], command: Any) -> None:
    for parameter in command.params:
        assert parameter.help, parameter.name
        assert parameter.is_flag if parameter.metavar is None else True, f"{parameter.name} has no metavar"
