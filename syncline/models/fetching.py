"""Download a checkpoint, convert it, and install it in a folder that many workers share.

Several tasks may run this at once on one shared file system, and any of them may be killed at any moment:

    .locks/<name>.lock       One task works and the others wait. The lock ends with its holder (flock, which Linux
                             carries to NFS and EFS servers). On a mount that ignores locks, two tasks repeat each
                             other's work or fail a checksum and start again; the installed model is complete anyway.
    .downloads/<name>/       Downloaded files. They survive a killed task, and the next one continues from them.
    .staging/<name>-xxxx/    The conversion of one task.
    <name>/                  The installed model. It appears in one rename, converted, tried out and verified.
"""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from syncline.core.errors import ModelMissingError
from syncline.core.progress import StageProgress
from syncline.models.catalogue import CATALOGUE, SPACY, TOYS, UNKNOWN_KIND, Checkpoint, checkpoint_named
from syncline.models.hub import Hub, HubFile
from syncline.models.installed import InstalledModel, locate, sha256_of, verify, write_manifest
from syncline.models.kind import ModelKind
from syncline.models.releases import Releases

DOWNLOAD_ATTEMPTS = 2  # A damaged file is discarded and downloaded again once.


def fetch(
    name: str,
    folder: Path,
    *,
    kinds: Mapping[str, ModelKind],
    hub: Hub,
    progress: StageProgress,
    catalogue: Mapping[str, Checkpoint] = CATALOGUE,
    releases: Releases | None = None,
) -> InstalledModel:
    """Install the model unless it is installed and verified. Any number of tasks may call this at once.

    Entity models come from `releases`, which is GitHub by default, and all others from `hub`.
    """
    checkpoint = TOYS[name] if name in TOYS else checkpoint_named(name, catalogue)
    # Check without the lock first, so that tasks that start at once can check side by side.
    if (model := _verified(checkpoint, folder)) is not None:
        return model
    checkpoint = _with_kind(checkpoint, kinds, hub)
    kind = kinds[checkpoint.kind]
    kind.check_converter()
    for inner in (".locks", ".downloads", ".staging"):
        (folder / inner).mkdir(parents=True, exist_ok=True)
    with _locked(folder / ".locks" / f"{checkpoint.name}.lock", progress):
        if (model := _verified(checkpoint, folder)) is None:
            source = (releases or Releases()) if checkpoint.kind == SPACY else hub
            _make(checkpoint, folder, kind=kind, hub=source, progress=progress)
            model = locate(checkpoint.name, folder)
    return model


def _with_kind(checkpoint: Checkpoint, kinds: Mapping[str, ModelKind], hub: Hub) -> Checkpoint:
    """Outside the catalogue, the kind is the first that finds its files in the repository."""
    if checkpoint.kind != UNKNOWN_KIND:
        return checkpoint
    available = hub.files(checkpoint.repository, checkpoint.revision)
    errors = []
    for name, kind in kinds.items():
        try:
            kind.files_to_download(available, checkpoint.repository)
        except ModelMissingError as error:
            errors.append(error)
        else:
            return replace(checkpoint, kind=name)
    raise errors[0]


def _verified(checkpoint: Checkpoint, folder: Path) -> InstalledModel | None:
    try:
        model = locate(checkpoint.name, folder)
        verify(model)
    except ModelMissingError:
        return None
    return model


def _make(checkpoint: Checkpoint, folder: Path, *, kind: ModelKind, hub: Hub, progress: StageProgress) -> None:
    downloads = folder / ".downloads" / checkpoint.name
    downloads.mkdir(exist_ok=True)
    for file in _files_to_download(checkpoint, kind, hub):
        _download(checkpoint, file, downloads / file.name, hub=hub, progress=progress)
    for leftover in (folder / ".staging").glob(f"{checkpoint.name}-*"):  # of killed tasks
        shutil.rmtree(leftover, ignore_errors=True)
    staging = Path(tempfile.mkdtemp(prefix=f"{checkpoint.name}-", dir=folder / ".staging"))
    try:
        progress("converting", 0.0)
        quantization = kind.convert(downloads, staging)
        staging.chmod(0o755)  # mkdtemp's 0700 would lock out workers with another user id.
        kind.try_out(staging)
        write_manifest(staging, checkpoint, quantization=quantization)
        progress("converting", 1.0)
        _install(staging, folder / checkpoint.name)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    shutil.rmtree(downloads, ignore_errors=True)


def _files_to_download(checkpoint: Checkpoint, kind: ModelKind, hub: Hub) -> list[HubFile]:
    """The files of the catalogue, and never others. For a checkpoint outside the catalogue, the kind chooses."""
    available = hub.files(checkpoint.repository, checkpoint.revision)
    names = list(checkpoint.files) or kind.files_to_download(available, checkpoint.repository)
    missing = [name for name in names if name not in available]
    if missing:
        raise ModelMissingError(
            f"{checkpoint.repository} at {checkpoint.revision} has no {', '.join(missing)}.",
            code="not_on_hub",
            hint="Check HF_ENDPOINT: a mirror may lack this commit.",
        )
    return [available[name] for name in names]


def _download(checkpoint: Checkpoint, file: HubFile, path: Path, *, hub: Hub, progress: StageProgress) -> None:
    for _ in range(DOWNLOAD_ATTEMPTS):
        if not path.exists():
            hub.download(
                checkpoint.repository, checkpoint.revision, file, path,
                progress=lambda share: progress(file.name, share),
            )  # fmt: skip
        if _is_authentic(checkpoint, file, path):
            return
        path.unlink()
    raise ModelMissingError(
        f"{file.name} of {checkpoint.repository} does not have the expected checksum.",
        code="model_corrupt",
        hint="Run the command again. If it fails again, do not trust this source (see HF_ENDPOINT, and any proxy).",
    )


def _is_authentic(checkpoint: Checkpoint, file: HubFile, path: Path) -> bool:
    """The file must match the digest that the hub announces, and the pin of the catalogue where there is one."""
    pin = checkpoint.files.get(file.name)
    return file.matches(path) and (not pin or sha256_of(path) == pin)


def _install(staging: Path, target: Path) -> None:
    if target.exists():  # It is damaged. Processes that have loaded it keep their open files.
        damaged = Path(tempfile.mkdtemp(prefix=f"{target.name}-", dir=staging.parent))
        target.rename(damaged / "damaged")
        shutil.rmtree(damaged, ignore_errors=True)
    staging.rename(target)


@contextmanager
def _locked(path: Path, progress: StageProgress) -> Iterator[None]:
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("waiting for another task that installs this model", 0.0)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield  # Closing the file releases the lock.
