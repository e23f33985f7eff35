"""Download a checkpoint from the Hugging Face hub, convert it, and install it where many workers can see it.

Several tasks may start at once on one shared file system, and any of them may be killed at any moment:

    .locks/<name>.lock       one works, the others wait; the lock dies with its holder (flock, which Linux carries
                             to an NFS or EFS server). Where a mount ignores locks, work is done twice or fails its
                             checksums and is done again; what is installed is whole all the same.
    .downloads/<name>/       what has been downloaded, kept after a death and completed by the next
    .staging/<name>-xxxx/    one task's conversion
    <name>/                  appears in one rename, converted and verified, or not at all
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from syncline.core.errors import EngineError, ModelMissingError, SettingsError
from syncline.models.catalogue import (
    TOKENISER,
    TOY,
    Installed,
    Source,
    locate,
    sha256_of,
    source_for,
    verify,
    write_manifest,
)
from syncline.models.hub import ENDPOINT, Hub, HubFile

QUANTIZATION = "int8"
WEIGHTS = ("model.safetensors", "pytorch_model.bin")  # the first that a repository has
NEEDED = ("config.json", "vocab.json", TOKENISER)
WELCOME = ("generation_config.json", "special_tokens_map.json", "tokenizer_config.json", "added_tokens.json")

Heard = Callable[[str, float], None]  # what is being done, and how much of it is
Convert = Callable[[Path, Path], None]


def convert(checkpoint: Path, output: Path) -> None:
    """Hugging Face's layout -> CTranslate2 int8 with the tokeniser beside it."""
    from ctranslate2.converters import TransformersConverter

    converter = TransformersConverter(str(checkpoint), copy_files=[TOKENISER])
    converter.convert(str(output), quantization=QUANTIZATION, force=True)


def convertible() -> None:
    """Better now than after two gigabytes."""
    missing = [name for name in ("torch", "transformers") if importlib.util.find_spec(name) is None]
    if missing:
        raise SettingsError(
            f"Converting a model needs {' and '.join(missing)}, which this installation does not have.",
            code="converter_missing",
            hint="Run: pip install 'syncline[worker,models]'. Translating needs neither.",
        )


def fetch(
    name: str, folder: Path, *, heard: Heard, hub: Hub | None = None, convert_with: Convert | None = None
) -> Installed:
    """Install the model unless it is there and whole; safe to run from many tasks at once."""
    source = TOY if name == TOY.name else source_for(name)
    if (installed := _whole_one(source, folder)) is not None:
        return installed  # asked without the lock: a hundred tasks that start at once check it side by side
    if convert_with is None:
        convertible()
    for inner in (".locks", ".downloads", ".staging"):
        (folder / inner).mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(folder / ".locks" / f"{source.name}.lock", heard):
        if (installed := _whole_one(source, folder)) is None:
            hub = hub or Hub(os.environ.get("HF_ENDPOINT") or ENDPOINT)
            _make(source, folder, heard=heard, hub=hub, convert_with=convert_with or convert)
            installed = locate(source.name, folder)
    return installed


def _whole_one(source: Source, folder: Path) -> Installed | None:
    try:
        installed = locate(source.name, folder)
        verify(installed)
    except ModelMissingError:
        return None
    return installed


def _make(source: Source, folder: Path, *, heard: Heard, hub: Hub, convert_with: Convert) -> None:
    downloads = folder / ".downloads" / source.name
    downloads.mkdir(exist_ok=True)
    _download(source, downloads, heard=heard, hub=hub)
    for left_by_the_dead in (folder / ".staging").glob(f"{source.name}-*"):
        shutil.rmtree(left_by_the_dead, ignore_errors=True)
    staging = Path(tempfile.mkdtemp(prefix=f"{source.name}-", dir=folder / ".staging"))
    try:
        heard("converting", 0.0)
        convert_with(downloads, staging)
        staging.chmod(0o755)  # mkdtemp's 0700 would lock out workers that run as somebody else
        _try_out(source, staging)
        write_manifest(staging, source, quantization=QUANTIZATION)
        heard("converting", 1.0)
        _install(staging, folder / source.name)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    shutil.rmtree(downloads, ignore_errors=True)


def _download(source: Source, downloads: Path, *, heard: Heard, hub: Hub) -> None:
    for file in _wanted(source, hub.files(source.repository, source.revision)):
        _download_file(source, file, downloads / file.name, heard=heard, hub=hub)


def _download_file(source: Source, file: HubFile, path: Path, *, heard: Heard, hub: Hub) -> None:
    def progress(done: float) -> None:
        heard(file.name, done)

    for _ in range(2):  # a damaged file is thrown away and fetched again, once
        if not path.exists():
            hub.download(source.repository, source.revision, file, path, progress=progress)
        if _whole(source, file, path):
            return
        path.unlink()
    raise ModelMissingError(
        f"{file.name} of {source.repository} does not have the expected checksum.",
        code="model_corrupt",
        hint="Run the command again; if it fails again, do not trust this source (HF_ENDPOINT?).",
    )


def _wanted(source: Source, files: dict[str, HubFile]) -> list[HubFile]:
    weights = [name for name in WEIGHTS if name in files][:1]
    missing = [name for name in NEEDED if name not in files] + ([] if weights else [" or ".join(WEIGHTS)])
    if missing:
        raise ModelMissingError(
            f"{source.repository} is no M2M100 checkpoint: it lacks {', '.join(missing)}.",
            code="not_on_hub",
            hint="Name a repository that holds M2M100 in the layout of Hugging Face transformers.",
        )
    return [files[name] for name in (*NEEDED, *WELCOME, *weights) if name in files]


def _whole(source: Source, file: HubFile, path: Path) -> bool:
    """What the hub says, and what we know ourselves about the models of the catalogue."""
    pinned = source.sha256.get(file.name)
    return file.matches(path) and (pinned is None or sha256_of(path) == pinned)


def _try_out(source: Source, path: Path) -> None:
    """A model that loads and answers; a conversion can also fail quietly."""
    from syncline.translation.model import Item, TranslationModel

    model = TranslationModel(Installed(source.name, path, 0, {}), threads=1)
    if not model.languages:
        raise EngineError(
            f"{source.repository} has no language tokens: it is no M2M100.",
            code="model_unusable",
            hint="Fetch another.",
        )
    language = min(model.languages)
    model.decode([Item(model.tokenise("Hello."), language, language)])


def _install(staging: Path, target: Path) -> None:
    if target.exists():  # damaged, or it would not be made again; whoever has it open keeps what he has loaded
        damaged = Path(tempfile.mkdtemp(prefix=f"{target.name}-", dir=staging.parent))
        target.rename(damaged / "damaged")
        shutil.rmtree(damaged, ignore_errors=True)
    staging.rename(target)


@contextmanager
def _one_at_a_time(path: Path, heard: Heard) -> Iterator[None]:
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            heard("waiting for another task that installs this model", 0.0)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield  # closing the file gives the lock back
