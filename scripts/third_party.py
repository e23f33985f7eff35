"""Write THIRD_PARTY.md: the licences of everything in the images and the zip, and the source of the GPL ffmpeg.

python scripts/third_party.py            # write the file; pip reads the metadata of the pinned packages
python scripts/third_party.py --check    # exit code 1 if a package or version is missing; needs no network
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
UNKNOWN = "see its metadata"
OUTPUT = ROOT / "THIRD_PARTY.md"
REQUIREMENTS = {
    "docker/requirements-worker.txt": "worker",
    "docker/requirements-enrich.txt": "enrich",
    "docker/requirements-languages.txt": "languages",
    "docker/requirements-models.txt": "model",
    "docker/requirements-lambda.txt": "lambda",
    "lambdas/requirements.txt": "zip",
}

INTRODUCTION = """\
# Third-party software

`python scripts/third_party.py` writes this file; a test compares it with the pinned requirements. It lists the Python
packages of the images (`worker`, `enrich`, `languages`, `model`, `lambda`: see [docs/images.md](docs/images.md)) and
of the functions' zip. `enrich` is a worker image with entities and questions, `languages` one with other spoken
languages than English.
The images also contain Python and the Debian packages of their base, with their licences in `/usr/share/doc`.

Syncline itself has the MIT licence.

## ffmpeg (GPL-3.0-or-later)

The images contain the ffmpeg executable of the package imageio-ffmpeg: a static build with GPL libraries, among them
x264 and x265. Syncline runs it as a separate program. Its licence is the GNU General Public License, version 3 or
later. If you pass an image on, the licence requires you to offer the corresponding source code:

- `ffmpeg -version` prints the exact version and the configuration of the executable. In an image it is
  `python3 -c "import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())"`.
- The source of FFmpeg, by the commit in that version: <https://github.com/FFmpeg/FFmpeg>.
- The executables of imageio-ffmpeg and where they come from: <https://github.com/imageio/imageio-binaries>. The build
  scripts of the libraries in it: <https://github.com/BtbN/FFmpeg-Builds>.

The zip of the functions contains no ffmpeg.

## Models

| model | in | licence |
|---|---|---|
| PocketSphinx's English acoustic model, dictionary and language model | the package pocketsphinx | BSD-2-Clause |
| g2p2's models, made from Wiktionary | `languages`, the packages g2p2-group-* | CC BY-SA 4.0; docs/languages.md |
| UniDic, jieba's dictionary | `languages`, the packages unidic-lite, jieba | BSD-3-Clause, MIT |
| Gentle, and Kaldi with its model | `worker`, from an image that you name | MIT, Apache-2.0 |
| M2M100 | `worker-m2m100`, or a volume | MIT |
| spaCy's entity models, English and German | a volume | MIT |
| spaCy's entity models, Spanish, French and Italian | a volume | GPL-3.0; LGPL-LR; CC BY-NC-SA 3.0 |
| deepset/roberta-base-squad2 | a volume | CC BY 4.0 |

## Python packages

The image `model` contains CUDA libraries of NVIDIA with a proprietary licence, as dependencies of PyTorch: do not pass
it on. num2words has the LGPL. Syncline imports it unchanged, and a user can replace it in an image. Its
source is in the package index, under the version below.

| package | version | licence | in |
|---|---|---|---|
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="exit code 1 if a package or version is missing")
    if parser.parse_args().check:
        outdated = sorted(pinned().keys() ^ listed())
        for name, version in outdated:
            print(f"{name} {version}: pinned or listed, not both. Run python scripts/third_party.py")
        return 1 if outdated else 0
    OUTPUT.write_text(INTRODUCTION + "".join(rows()), encoding="utf-8")
    return 0


def rows() -> Iterator[str]:
    found = licences()
    by_name = {name: licence for (name, _), licence in found.items()}
    for (name, version), places in sorted(pinned().items()):
        # A version for another platform has the licence of the one that this platform can install.
        licence = found.get((name, version)) or by_name.get(name, UNKNOWN)
        yield f"| {name} | {version} | {licence} | {', '.join(places)} |\n"


def pinned() -> dict[tuple[str, str], list[str]]:
    """Each pinned package and version, with the artefacts that contain it."""
    found: dict[tuple[str, str], list[str]] = {}
    for path, place in REQUIREMENTS.items():
        text = (ROOT / path).read_text(encoding="utf-8")
        for name, version in re.findall(r"^([a-z0-9][\w.-]*)(?:\[[\w,-]+\])?==([\w.!+-]+)", text, re.MULTILINE):
            found.setdefault((normalised(name), version), []).append(place)
    return found


def listed() -> set[tuple[str, str]]:
    text = OUTPUT.read_text(encoding="utf-8") if OUTPUT.exists() else ""
    return set(re.findall(r"^\| ([a-z0-9-]+) \| (\d[\w.!+-]*) \|", text, re.MULTILINE))


def licences() -> dict[tuple[str, str], str]:
    """The licences of the pinned packages that this platform can install, from their metadata."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        pip = [f"{folder}/bin/python", "-m", "pip", "--quiet"]
        subprocess.run([*pip, "install", "--upgrade", "pip"], check=True)  # older versions omit License-Expression
        for path in REQUIREMENTS:
            report = Path(folder, "report.json")
            options = ["--dry-run", "--ignore-installed", "--no-deps", "--require-hashes", "--report", str(report)]
            subprocess.run([*pip, "install", *options, "-r", str(ROOT / path)], check=True)
            for item in json.loads(report.read_text(encoding="utf-8"))["install"]:
                metadata = item["metadata"]
                found[normalised(metadata["name"]), metadata["version"]] = licence_of(metadata)
    return found


def licence_of(metadata: dict[str, Any]) -> str:
    approved = "License :: OSI Approved ::"
    classifiers = [item for item in metadata.get("classifier", []) if item.startswith(approved)]
    text = metadata.get("license") or ""
    candidates = (
        metadata.get("license_expression"),
        text if len(text) < 60 and "\n" not in text else None,
        " or ".join(item.rpartition(":: ")[2] for item in classifiers),
    )
    return next((candidate for candidate in candidates if candidate), UNKNOWN).replace("|", "/")


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main())
