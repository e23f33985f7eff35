"""No file names the address of a package host: pip, apt and npm know their defaults, and mirrors are configured."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
FOLDERS = (
    ".ci",
    "benchmarks",
    "docker",
    "docs",
    "lambdas",
    "samples",
    "scripts",
    "syncline",
    "terraform",
    "tests",
    "worker",
)
# Written with a space in place of each dot, so that this file does not contain them.
HOSTS = (
    "pypi org", "pythonhosted org", "download pytorch org", "deb debian org", "security debian org", "npmjs org",
    "npmjs com", "registry terraform io", "releases hashicorp com", "crates io", "anaconda org", "conda io",
)  # fmt: skip
NAMED = re.compile(r"\b(?:" + "|".join(re.escape(host.replace(" ", ".")) for host in HOSTS) + r")\b")


def text_files() -> Iterator[Path]:
    yield from (path for path in ROOT.iterdir() if path.is_file() and path.name != ".git")
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and not {"__pycache__", ".terraform"} & set(path.parts):
                yield path


def test_no_file_names_a_package_host() -> None:
    found = []
    for path in text_files():
        text = path.read_bytes().decode("utf-8", errors="replace")
        found += [f"{path.relative_to(ROOT)}: {host}" for host in sorted(set(NAMED.findall(text)))]
    assert found == []
