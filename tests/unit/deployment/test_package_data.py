"""pyproject.toml lists every data file: an installed package lacks those that it does not list."""

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
    # The zip is built from a checkout, so requirements are not installed.
    not_data = path.suffix in (".py", ".pyc", ".pyi") or path.name.startswith(("requirements", "."))
    return path.is_file() and not not_data
