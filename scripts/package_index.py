"""Download files from the package index that pip uses on this machine, without running their code.

`pip download` runs the build of a source distribution to learn its metadata. This module only reads the index's file
list (the JSON form of the simple repository API) and compares hashes. It needs only the standard library.
"""

from __future__ import annotations

import configparser
import hashlib
import json
import os
import re
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

FORMAT = "application/vnd.pypi.simple.v1+json"
CONFIGURATION_FILES = ("~/.config/pip/pip.conf", "~/.pip/pip.conf", "/etc/xdg/pip/pip.conf", "/etc/pip.conf")
TIMEOUT_SECONDS = 60


class PackageIndexError(Exception):
    """The index is not known, lacks the file, or sent something else."""


def configured_index() -> str | None:
    """The index of PIP_INDEX_URL, or of the first configuration file that names one."""
    found = os.environ.get("PIP_INDEX_URL")
    for name in () if found else (os.environ.get("PIP_CONFIG_FILE", ""), *CONFIGURATION_FILES):
        if found is None and name:
            configuration = configparser.RawConfigParser()
            configuration.read(Path(name).expanduser(), encoding="utf-8")
            found = configuration.get("global", "index-url", fallback=None)
    return found.rstrip("/") if found else None


def default_index() -> str | None:
    """The index that the installed pip uses when nothing is configured."""
    try:
        from pip._internal.models.index import PyPI
    except ImportError:
        return None
    return str(PyPI.simple_url).rstrip("/")


def list_files(package: str, *, index: str | None = None) -> list[dict[str, Any]]:
    """The index's entries for the package's files: `filename`, `url`, `hashes`, `yanked`."""
    index = index or configured_index() or default_index()
    if index is None:
        raise PackageIndexError("No package index is known. Set PIP_INDEX_URL to its address.")
    page = f"{index}/{re.sub(r'[-_.]+', '-', package).lower()}/"  # the name as the API normalises it
    files: list[dict[str, Any]] = json.loads(_get(page))["files"]
    return [{**file, "url": urljoin(page, file["url"])} for file in files]


def download(package: str, filename: str, sha256: str, *, index: str | None = None) -> bytes:
    """The file's content, which must have this hash."""
    for file in list_files(package, index=index):
        if file["filename"] == filename:
            content = _get(file["url"])
            if hashlib.sha256(content).hexdigest() != sha256:
                raise PackageIndexError(f"{filename} does not match the hash sha256:{sha256}.")
            return content
    raise PackageIndexError(f"The package index does not list {filename} for {package}.")


def _get(url: str) -> bytes:
    request = urllib.request.Request(url, headers={"Accept": f"{FORMAT}, */*;q=0.1"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310
        content: bytes = response.read()
    return content


def rename_or_keep(source: Path, target: Path) -> None:
    """Another process may have been faster; its files are the same."""
    try:
        source.rename(target)
    except OSError:
        if not target.is_dir():
            raise
