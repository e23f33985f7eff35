"""Make targets: those that the documentation promises, each with a help text, none that is not declared phony."""

from __future__ import annotations

import re
from pathlib import Path

MAKEFILE = (Path(__file__).parents[3] / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z][a-z0-9-]*):", MAKEFILE, re.MULTILINE))
PROMISED = {
    "setup", "demo", "test", "test-unit", "test-integration", "test-e2e", "lint", "bench", "chaos", "zip",
    "image-check", "terraform-check", "docs", "help",
}  # fmt: skip


def test_every_promised_target_exists() -> None:
    assert PROMISED <= TARGETS


def test_every_target_has_a_help_text() -> None:
    assert set(re.findall(r"^([a-z][a-z0-9-]*):.*## [A-Z].*[a-z0-9)/]$", MAKEFILE, re.MULTILINE)) == TARGETS


def test_every_target_is_phony() -> None:
    # A file or folder of the same name would otherwise stop the target from running.
    [declared] = re.findall(r"^\.PHONY: ((?:.*\\\n)*.*)$", MAKEFILE, re.MULTILINE)
    assert set(declared.replace("\\", "").split()) == TARGETS


def test_every_script_and_module_of_a_recipe_exists() -> None:
    root = Path(__file__).parents[3]
    for script in re.findall(r"\bscripts/\w+\.(?:sh|py)", MAKEFILE):
        assert (root / script).exists(), script
    for module in re.findall(r"-m ((?:benchmarks|scripts|tests)[\w.]+)", MAKEFILE):
        path = root / module.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module
