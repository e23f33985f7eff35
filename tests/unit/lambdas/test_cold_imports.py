"""What a cold start imports: each module that a function does not need costs its first caller time."""

from __future__ import annotations

import subprocess
import sys

import pytest

UNNEEDED = {
    "reception": ("jinja2", "syncline.core.alignment", "syncline.core.captions.layout", "lambdas.web"),
    "dead_letters": ("jinja2", "syncline.core.alignment", "syncline.core.captions.layout", "lambdas.web"),
    "status": (
        "jinja2",
        "syncline.core.alignment",
        "syncline.core.captions.layout",
        "syncline.jobs.intake",
        "syncline.jobs.uploads",
    ),
}


@pytest.mark.parametrize("function", UNNEEDED)
def test_a_function_imports_no_module_that_it_does_not_need(function: str) -> None:
    code = f"import sys, lambdas.{function}; print(*sys.modules, sep='\\n')"
    imported = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert f"lambdas.{function}" in imported
    assert not set(UNNEEDED[function]) & set(imported)
