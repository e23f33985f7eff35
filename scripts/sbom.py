"""Write an SBOM (CycloneDX, JSON) of pinned requirements: sbom.py REQUIREMENTS OUTPUT

It lists the Python packages of an image or a zip with their versions and hashes. The same requirements give the same
bytes.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from syncline import __version__  # noqa: E402 - found by the line above


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
    _add_version(output)


def _add_version(output: Path) -> None:
    """pyproject.toml takes the version from syncline/__init__.py, which cyclonedx does not read."""
    sbom = json.loads(output.read_text(encoding="utf-8"))
    sbom["metadata"]["component"]["version"] = __version__
    output.write_text(json.dumps(sbom, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_sbom(Path(sys.argv[1]), Path(sys.argv[2]))
