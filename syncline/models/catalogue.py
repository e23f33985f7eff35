"""Which translation models there are, where they lie, and whether they are whole.

    $SYNCLINE_MODELS/
      m2m100-418m/                    one folder per installed model, renamed into place when complete
        model.bin config.json shared_vocabulary.json     CTranslate2's
        sentencepiece.bpe.model                          the tokeniser
        syncline-model.json                              where it came from, and every file's size and sha256
      .downloads/  .staging/  .locks/                    unfinished work; see syncline/models/fetching.py

The toy model lies inside the package and needs no folder.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syncline.core.errors import InvalidOptionsError, ModelMissingError

MANIFEST = "syncline-model.json"
TOKENISER = "sentencepiece.bpe.model"
VOCABULARY = "shared_vocabulary.json"
NEEDED = ("model.bin", "config.json", VOCABULARY, TOKENISER)

_HUB_NAME = re.compile(r"(?P<repository>\w[\w.-]*/\w[\w.-]*)@(?P<revision>[0-9a-f]{40})")


@dataclass(frozen=True, slots=True)
class Source:
    """A checkpoint on the Hugging Face hub, at one revision. `sha256` pins what is executed or trusted blindly."""

    name: str
    repository: str
    revision: str
    sha256: Mapping[str, str] = field(default_factory=dict)


TOY = Source("m2m100-toy", "", "")
TOY_FOLDER = Path(__file__).parents[1] / "translation" / "toy"
CATALOGUE = {
    source.name: source
    for source in (
        Source(
            "m2m100-418m",
            "facebook/m2m100_418M",
            "55c2e61bbf05dfb8d7abccdc3fae6fc8512fd636",
            {
                "pytorch_model.bin": "d907ea45e4e4b9db163382a6674f6218b3c59566fe06d77f4055c208b4e87ed1",
                "sentencepiece.bpe.model": "d8f7c76ed2a5e0822be39f0a4f95a55eb19c78f4593ce609e2edbc2aea4d380a",
                "vocab.json": "b6e77e474aeea8f441363aca7614317c06381f3eacfe10fb9856d5081d1074cc",
            },
        ),
        Source(
            "m2m100-1.2b",
            "facebook/m2m100_1.2B",
            "7b36184180524c1a1bbfa37f120a608046250b98",
            {"pytorch_model.bin": "a58ef8f42362ef12adeddc600b3425f1e2bbd019cfa6aae6b0051e2e3e055cd4"},
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Installed:
    """A model on this machine. `manifest` is empty for a folder that was put there by hand."""

    name: str
    path: Path
    bytes: int
    manifest: Mapping[str, Any]

    @property
    def toy(self) -> bool:
        return self.name == TOY.name


def source_for(name: str) -> Source:
    """A model of the catalogue, or any M2M100 checkpoint as `owner/repository@<40 hex digits>`."""
    if name in CATALOGUE:
        return CATALOGUE[name]
    other = _HUB_NAME.fullmatch(name)
    if other:
        return Source(other["repository"].replace("/", "--"), other["repository"], other["revision"])
    raise InvalidOptionsError(
        f"“{name}” is not a model that can be fetched.",
        code="unknown_model",
        hint=f"Choose {' or '.join(CATALOGUE)}, or name an M2M100 checkpoint of the Hugging Face hub with the commit "
        "to trust: owner/repository@<40 hex digits>.",
    )


def locate(name: str, folder: Path | None) -> Installed:
    """The installed model, its files' sizes checked (a full check is `verify`)."""
    path = _path(name, folder)
    if path is None or not _is_model(path):
        where = f"in {folder}" if folder else "here: no folder for models is set"
        raise ModelMissingError(
            f"The translation model {name} is not installed {where}.", hint=_how_to_get(name, folder)
        )
    installed = _read(name, path)
    wrong = [file for file, facts in _files(installed).items() if _size(path / file) != facts["bytes"]]
    if wrong:
        raise _corrupt(installed, wrong)
    return installed


def installed_names(folder: Path | None) -> list[str]:
    """What is there, the toy first, damaged ones too (see `locate`); folders that were never finished are left out."""
    own = [path.name for path in folder.iterdir() if _is_model(path)] if folder and folder.is_dir() else []
    return [TOY.name, *sorted(own)]


def verify(installed: Installed) -> int:
    """Read every file again and compare its sha256; -> files checked."""
    if not installed.manifest:
        raise ModelMissingError(
            f"The model in {installed.path} has no {MANIFEST}, so there is nothing to verify it against.",
            code="model_unverifiable",
            hint=_how_to_fetch(installed.name, installed.path.parent),
        )
    files = _files(installed)
    wrong = [name for name, facts in files.items() if sha256_of(installed.path / name) != facts["sha256"]]
    if wrong:
        raise _corrupt(installed, wrong)
    return len(files)


def write_manifest(path: Path, source: Source, *, quantization: str = "int8") -> None:
    """Last of all files: a folder without it is not finished."""
    files = {
        file.name: {"bytes": file.stat().st_size, "sha256": sha256_of(file)}
        for file in sorted(path.iterdir())
        if file.name in NEEDED
    }
    manifest = {
        "name": source.name,
        "repository": source.repository,
        "revision": source.revision,
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
    if name == TOY.name:
        return TOY_FOLDER
    return folder / name.split("@")[0].replace("/", "--") if folder else None


def _is_model(path: Path) -> bool:
    """What was installed stays one when it loses a file: then it is a damaged one, and should be called so."""
    whole = all((path / file).is_file() for file in NEEDED)
    return not path.name.startswith(".") and (whole or (path / MANIFEST).is_file())


def _read(name: str, path: Path) -> Installed:
    size = sum(max(0, _size(path / file)) for file in NEEDED)
    return Installed(name, path, size, _manifest(name, path))


def _manifest(name: str, path: Path) -> Mapping[str, Any]:
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        if not all({"bytes", "sha256"} <= manifest["files"][file].keys() for file in NEEDED):
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


def _files(installed: Installed) -> dict[str, dict[str, Any]]:
    return dict(installed.manifest.get("files", {}))


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else -1


def _corrupt(installed: Installed, files: list[str]) -> ModelMissingError:
    return ModelMissingError(
        f"The model {installed.name} in {installed.path} is damaged: {', '.join(files)}.",
        code="model_corrupt",
        hint=_how_to_fetch(installed.name, installed.path.parent, installed.manifest),
    )


def _how_to_get(name: str, folder: Path | None) -> str:
    if name in CATALOGUE or "/" in name:
        return _how_to_fetch(name, folder)
    return f"Known are {', '.join((*CATALOGUE, TOY.name))}, and checkpoints of the Hugging Face hub: owner/repository."


def _how_to_fetch(name: str, folder: Path | None, manifest: Mapping[str, Any] | None = None) -> str:
    if name not in CATALOGUE:
        known = manifest or {}
        name = f"{known['repository']}@{known['revision']}" if known.get("repository") else f"{name}@COMMIT"
    if folder is None:
        return f"Set SYNCLINE_MODELS to a folder for models, then run: syncline models fetch {name}"
    return f"Run: SYNCLINE_MODELS={shlex.quote(str(folder))} syncline models fetch {name}"
