"""Typing one command imports the module of that command only, and no module imports heavy packages."""

from __future__ import annotations

import subprocess
import sys

import pytest

from syncline.cli.commands import NAMES

HEAVY = ("boto3", "botocore", "celery", "kombu", "numpy", "ctranslate2", "pocketsphinx", "sentencex", "email.parser")


def imported_by(*arguments: str) -> set[str]:
    code = (
        "import sys\n"
        "from syncline.cli.app import run\n"
        f"code = run({list(arguments)!r})\n"
        "print(*sys.modules, sep='\\n', file=sys.stderr)\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines())


def commands_in(modules: set[str]) -> set[str]:
    names = {name.replace("-", "_") for name in NAMES}
    return {module.rpartition(".")[2] for module in modules if module.startswith("syncline.cli.")} & names


def test_the_version_imports_no_command() -> None:
    modules = imported_by("--version")
    assert not commands_in(modules)
    assert not modules & {*HEAVY, "rich"}


@pytest.mark.parametrize("name", ["align", "jobs", "translate-server"])
def test_a_command_imports_its_own_module(name: str) -> None:
    modules = imported_by(name, "--help")
    shared = {"translate"} if name == "translate-server" else set()
    assert commands_in(modules) == {name.replace("-", "_"), *shared}


def test_the_help_imports_every_module_and_nothing_heavy() -> None:
    modules = imported_by("--help")
    assert len(commands_in(modules)) == len(NAMES)
    assert not modules & set(HEAVY)
