"""Install pip into the virtual environment that runs this script, from the index that this machine's pip uses.

`python -m venv` needs ensurepip for that, which Debian and Ubuntu keep in the package python3-venv. Without it, the
address of the index comes from PIP_INDEX_URL or from pip's configuration files. There is no default address.
"""

from __future__ import annotations

import configparser
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

FORMAT = "application/vnd.pypi.simple.v1+json"
CONFIGURATION_FILES = ("~/.config/pip/pip.conf", "~/.pip/pip.conf", "/etc/xdg/pip/pip.conf", "/etc/pip.conf")


def main() -> None:
    index = configured_index()
    if index is None:
        sys.exit(
            "setup: this Python cannot install pip into a virtual environment. Install its venv package"
            " (Debian, Ubuntu: apt install python3-venv), or set PIP_INDEX_URL to the index to install pip from."
        )
    request = urllib.request.Request(f"{index}/pip/", headers={"Accept": FORMAT})  # noqa: S310
    with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
        files = json.load(response)["files"]
    wheel = [file for file in files if file["filename"].endswith("-py3-none-any.whl") and not file.get("yanked")][-1]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / wheel["filename"]
        with urllib.request.urlopen(wheel["url"], timeout=60) as response:  # noqa: S310
            path.write_bytes(response.read())
        if hashlib.sha256(path.read_bytes()).hexdigest() != wheel["hashes"]["sha256"]:
            sys.exit("setup: pip's wheel does not match the hash that the index gives; run setup again")
        # Python can run pip from inside its wheel, and pip can install that wheel.
        subprocess.run([sys.executable, f"{path}/pip", "install", "--quiet", str(path)], check=True)


def configured_index() -> str | None:
    """The index of PIP_INDEX_URL, or of the first configuration file that names one."""
    found = os.environ.get("PIP_INDEX_URL")
    for name in () if found else (os.environ.get("PIP_CONFIG_FILE", ""), *CONFIGURATION_FILES):
        if found is None and name:
            configuration = configparser.RawConfigParser()
            configuration.read(Path(name).expanduser(), encoding="utf-8")
            found = configuration.get("global", "index-url", fallback=None)
    return found.rstrip("/") if found else None


if __name__ == "__main__":
    main()
