"""Data files come with an installed package only if pyproject.toml says so; a checkout has them anyway."""

from __future__ import annotations

import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PATTERNS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]


@pytest.mark.parametrize("package", ["syncline", "lambdas"])
def test_every_data_file_is_installed(package: str) -> None:
    folder = ROOT / package
    data = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if _is_data(path)]
    assert data
    assert [name for name in data if not any(fnmatch(name, pattern) for pattern in PATTERNS[package])] == []


def _is_data(path: Path) -> bool:
    # The requirements are for those who build the zip, from a checkout.
    named = path.suffix in (".py", ".pyc", ".pyi") or path.name.startswith(("requirements", "."))
    return path.is_file() and not named
