"""Installs pip into the virtual environment that runs this, from the package index's own wheel."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

INDEX = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")
FORMAT = "application/vnd.pypi.simple.v1+json"


def main() -> None:
    request = urllib.request.Request(f"{INDEX}/pip/", headers={"Accept": FORMAT})  # noqa: S310
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        files = json.load(answer)["files"]
    wheel = [file for file in files if file["filename"].endswith("-py3-none-any.whl") and not file.get("yanked")][-1]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / wheel["filename"]
        with urllib.request.urlopen(wheel["url"], timeout=60) as answer:  # noqa: S310
            path.write_bytes(answer.read())
        if hashlib.sha256(path.read_bytes()).hexdigest() != wheel["hashes"]["sha256"]:
            sys.exit("setup: pip's wheel arrived damaged; try again")
        # A wheel of pip can run from inside itself, to install itself.
        subprocess.run([sys.executable, f"{path}/pip", "install", "--quiet", str(path)], check=True)


if __name__ == "__main__":
    main()
