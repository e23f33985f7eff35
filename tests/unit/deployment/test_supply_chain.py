"""THIRD_PARTY.md and the SBOMs list what the images and the zip contain."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from syncline import __version__

ROOT = Path(__file__).parents[3]
REQUIREMENTS = ("docker/requirements-worker.txt", "docker/requirements-lambda.txt", "lambdas/requirements.txt")


def test_third_party_lists_every_pinned_package() -> None:
    check = subprocess.run(
        [sys.executable, "scripts/third_party.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert check.returncode == 0, check.stdout


def test_third_party_offers_the_source_of_ffmpeg() -> None:
    text = (ROOT / "THIRD_PARTY.md").read_text(encoding="utf-8")
    assert "| imageio-ffmpeg |" in text
    assert "## ffmpeg (GPL-3.0-or-later)" in text


@pytest.mark.parametrize("path", REQUIREMENTS)
def test_an_sbom_lists_every_pinned_package(path: str, tmp_path: Path) -> None:
    pinned = set(
        re.findall(r"^([a-z0-9][\w.-]*)(?:\[[\w,-]+\])?==([\w.!+-]+)", (ROOT / path).read_text(), re.MULTILINE)
    )
    subprocess.run([sys.executable, "scripts/sbom.py", path, tmp_path / "sbom.json"], cwd=ROOT, timeout=60, check=True)
    sbom = json.loads((tmp_path / "sbom.json").read_text(encoding="utf-8"))
    assert sbom["bomFormat"] == "CycloneDX"
    component = sbom["metadata"]["component"]
    assert (component["name"], component["version"]) == ("syncline", __version__)
    assert {(component["name"], component["version"]) for component in sbom["components"]} == pinned
    assert all(component.get("externalReferences") for component in sbom["components"])
