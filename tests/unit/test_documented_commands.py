"""The commands of the documentation that no test runs: their syntax, and what they name, are right.

tests/e2e/test_documented_commands.py runs the others.
"""

from __future__ import annotations

import re
import shlex
import subprocess

import pytest

from syncline.cli.commands import NAMES, load
from tests.documented_commands import NOT_RUN, PAGES, ROOT, Command, commands

ALL = [command for page in PAGES for command in commands(page)]
READ = [command for command in ALL if command.why_not_run]
TERRAFORM = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("terraform/*.tf"))


def test_every_reason_serves_a_command() -> None:
    unused = [pattern for pattern in NOT_RUN if not any(re.search(pattern, command.bare) for command in ALL)]
    assert unused == []


def test_the_shell_can_read_every_command() -> None:
    script = "\n".join(re.sub(r"<[a-z ]+>", "placeholder", command.text) for command in ALL)
    read = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True)
    assert read.returncode == 0, read.stderr


@pytest.mark.parametrize("command", READ, ids=[f"{command.page}: {command.text[:50]}" for command in READ])
def test_a_command_that_is_not_run_names_what_exists(command: Command) -> None:
    words = shlex.split(command.bare, comments=True)
    if words[0] == "syncline":
        load(words[1]).make_context(words[1], words[2:])
    for name in re.findall(r"-var ([a-z_]+)=", command.text):
        assert f'variable "{name}"' in TERRAFORM
    for name in re.findall(r"output -(?:raw|json) ([a-z_]+)", command.text):
        assert f'output "{name}"' in TERRAFORM
    for path in re.findall(r"(?:docker|scripts|samples)/[\w./-]+", command.text.replace("docker.io/", "")):
        assert (ROOT / path).exists(), path
    if target := re.search(r"-f (\S+Dockerfile).* --target (\S+)", command.text):
        assert f" AS {target[2]}" in (ROOT / target[1]).read_text(encoding="utf-8")


def test_every_documented_command_of_syncline_is_one() -> None:
    named = {command.bare.split()[1] for command in ALL if command.bare.startswith("syncline ")}
    assert named - {"--version"} <= set(NAMES)
