"""Find and verify installed models.

    $SYNCLINE_MODELS/                 by default ~/.local/share/syncline/models
      m2m100-418m/                    one folder per installed model, renamed into place when complete
        model.bin config.json shared_vocabulary.json     CTranslate2's files
        sentencepiece.bpe.model                          the tokeniser
        syncline-model.json                              the manifest: origin, size and sha256 of every file
      .downloads/  .staging/  .locks/                    unfinished work; see syncline/models/fetching.py

The toy models are part of the package and need no folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from syncline.core.errors import ModelMissingError
from syncline.core.models_folder import default_models_folder
from syncline.models.catalogue import CATALOGUE, INSTALLED_FILES, M2M100, TOY_FOLDERS, TOYS, Checkpoint, folder_name

MANIFEST = "syncline-model.json"


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model on this machine. `manifest` is empty for a folder that was not made by `syncline models fetch`."""

    name: str
    kind: str
    path: Path
    bytes: int
    manifest: Mapping[str, Any]

    @property
    def toy(self) -> bool:
        return self.name in TOYS


def locate(name: str, folder: Path | None, *, kind: str | None = None) -> InstalledModel:
    """Find a model and check its kind and the sizes of its files. `verify` also checks their contents."""
    path = _path(name, folder)
    if path is None or not _is_model(path):
        where = f"in {folder}" if folder else "here: neither SYNCLINE_MODELS nor HOME is set"
        raise ModelMissingError(f"The model {name} is not installed {where}.", hint=_how_to_get(name, folder))
    model = _read(name, path)
    if kind not in (None, model.kind):
        raise ModelMissingError(
            f"The model {name} is of the kind {model.kind}, not {kind}.",
            code="wrong_model_kind",
            hint="M2M100 models translate (SYNCLINE_TRANSLATION_MODEL), Whisper models recognise speech "
            "(SYNCLINE_SPEECH_MODEL), spaCy models find entities, and those of the kind answers answer questions "
            "(SYNCLINE_ANSWER_MODEL).",
        )
    damaged = [file for file, facts in _files(model).items() if _size(path / file) != facts["bytes"]]
    if damaged:
        raise _corrupt(model, damaged)
    return model


def is_installed(name: str, folder: Path | None, *, kind: str) -> bool:
    """Raises ModelMissingError for a model that is damaged or of another kind."""
    try:
        locate(name, folder, kind=kind)
    except ModelMissingError as error:
        if error.code != ModelMissingError.default_code:
            raise
        return False
    return True


def installed_names(folder: Path | None) -> list[str]:
    """The toys and every model in the folder, damaged ones included. Unfinished folders are left out."""
    own = [path.name for path in folder.iterdir() if _is_model(path)] if folder and folder.is_dir() else []
    return [*TOYS, *sorted(own)]


def verify(model: InstalledModel) -> int:
    """Compare the sha256 of every file with the manifest. Return the number of files."""
    if not model.manifest:
        raise ModelMissingError(
            f"The model in {model.path} cannot be verified: it has no {MANIFEST}.",
            code="model_unverifiable",
            hint=_how_to_fetch(model.name, model.path.parent),
        )
    files = _files(model)
    damaged = [name for name, facts in files.items() if sha256_of(model.path / name) != facts["sha256"]]
    if damaged:
        raise _corrupt(model, damaged)
    return len(files)


def write_manifest(path: Path, checkpoint: Checkpoint, *, quantization: str = "int8") -> None:
    """Write this file last: a folder without it is unfinished."""
    files = {
        name: {"bytes": _size(path / name), "sha256": sha256_of(path / name)}
        for name in sorted(INSTALLED_FILES[checkpoint.kind])
        if (path / name).is_file()
    }
    manifest = {
        "name": checkpoint.name,
        "kind": checkpoint.kind,
        "repository": checkpoint.repository,
        "revision": checkpoint.revision,
        "quantization": quantization,
        "files": files,
    }
    (path / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def sha256_of(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _path(name: str, folder: Path | None) -> Path | None:
    if name in TOY_FOLDERS:
        return TOY_FOLDERS[name]
    return folder / folder_name(name) if folder else None


def _is_model(path: Path) -> bool:
    """A folder with a manifest stays a model when it loses a file. It is then reported as damaged, not as missing."""
    return not path.name.startswith(".") and ((path / MANIFEST).is_file() or _kind_by_files(path) is not None)


def _kind_by_files(path: Path) -> str | None:
    complete = (kind for kind, names in INSTALLED_FILES.items() if all((path / name).is_file() for name in names))
    return next(complete, None)


def _read(name: str, path: Path) -> InstalledModel:
    manifest = _manifest(name, path)
    kind = str(manifest["kind"]) if manifest else _kind_by_files(path) or M2M100
    size = sum(max(0, _size(path / file)) for file in INSTALLED_FILES[kind])
    return InstalledModel(name, kind, path, size, manifest)


def _manifest(name: str, path: Path) -> Mapping[str, Any]:
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        kind = manifest.setdefault("kind", M2M100)  # Manifests of earlier versions name no kind.
        if not all({"bytes", "sha256"} <= manifest["files"][file].keys() for file in INSTALLED_FILES[kind]):
            raise KeyError("files")
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelMissingError(
            f"{path / MANIFEST} cannot be read: {error!r}.",
            code="model_corrupt",
            hint=_how_to_fetch(name, path.parent),
        ) from error
    return dict(manifest)


def _files(model: InstalledModel) -> dict[str, dict[str, Any]]:
    return dict(model.manifest.get("files", {}))


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else -1


def _corrupt(model: InstalledModel, files: list[str]) -> ModelMissingError:
    return ModelMissingError(
        f"The model {model.name} in {model.path} is damaged: {', '.join(files)}.",
        code="model_corrupt",
        hint=_how_to_fetch(model.name, model.path.parent, model.manifest),
    )


def _how_to_get(name: str, folder: Path | None) -> str:
    if name in CATALOGUE or "/" in name:
        return _how_to_fetch(name, folder)
    known = ", ".join((*CATALOGUE, *TOYS))
    return f"Choose {known}, or a checkpoint of the Hugging Face hub as owner/repository."


def _how_to_fetch(name: str, folder: Path | None, manifest: Mapping[str, Any] | None = None) -> str:
    if name not in CATALOGUE:
        origin = manifest or {}
        name = f"{origin['repository']}@{origin['revision']}" if origin.get("repository") else f"{name}@COMMIT"
    if folder is None:
        return f"Set SYNCLINE_MODELS to a folder for models, then run: syncline models fetch {name}"
    if folder == default_models_folder(os.environ):
        return f"Run: syncline models fetch {name}"
    return f"Run: SYNCLINE_MODELS={shlex.quote(str(folder))} syncline models fetch {name}"
