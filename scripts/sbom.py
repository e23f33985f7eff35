"""Write an SBOM (CycloneDX, JSON) of pinned requirements: sbom.py REQUIREMENTS OUTPUT

It lists the Python packages of an image or a zip with their versions and hashes. The same requirements give the same
bytes.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def write_sbom(requirements: Path, output: Path) -> None:
    options = ["--output-reproducible", "--output-format", "JSON", "--output-file", str(output)]
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "cyclonedx_py",
        "requirements",
        "--pyproject",
        str(ROOT / "pyproject.toml"),
    ]
    subprocess.run([*command, *options, str(requirements)], check=True)


if __name__ == "__main__":
    write_sbom(Path(sys.argv[1]), Path(sys.argv[2]))
