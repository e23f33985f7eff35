"""Install pip into the virtual environment that runs this script, from the index that this machine's pip uses.

`python -m venv` needs ensurepip for that, which Debian and Ubuntu keep in the package python3-venv. Without it, the
address of the index comes from PIP_INDEX_URL or from pip's configuration files. There is no default address.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from package_index import PackageIndexError, configured_index, download, list_files


def main() -> None:
    index = configured_index()
    if index is None:
        sys.exit(
            "setup: this Python cannot install pip into a virtual environment. Install its venv package"
            " (Debian, Ubuntu: apt install python3-venv), or set PIP_INDEX_URL to the index to install pip from."
        )
    files = list_files("pip", index=index)
    wheel = [file for file in files if file["filename"].endswith("-py3-none-any.whl") and not file.get("yanked")][-1]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / wheel["filename"]
        try:
            path.write_bytes(download("pip", wheel["filename"], wheel["hashes"]["sha256"], index=index))
        except PackageIndexError as error:
            sys.exit(f"setup: {error} Run setup again.")
        # Python can run pip from inside its wheel, and pip can install that wheel.
        subprocess.run([sys.executable, f"{path}/pip", "install", "--quiet", str(path)], check=True)


if __name__ == "__main__":
    main()
