"""`syncline models fetch|list|verify`: the models on this machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from syncline.aws import settings
from syncline.cli import parameters
from syncline.cli.commands import Command, examples, new_app
from syncline.cli.console import note, print_json, progress_bar, show, stderr_console
from syncline.core.errors import ModelMissingError, SettingsError

if TYPE_CHECKING:
    from syncline.models.installed import InstalledModel
    from syncline.models.kind import ModelKind

DEFAULT_MODEL = "m2m100-418m"
TOY_REMARKS = {"m2m100-toy": "it knows a dozen sentences", "answers-toy": "it knows who did what, where and when"}

app = new_app(help="Install, list and verify the models of all kinds.", no_args_is_help=True)


@app.command(
    cls=Command,
    epilog=examples("""
$ syncline models fetch m2m100-418m --models /srv/models
$ syncline models fetch entities-en --models /srv/models
"""),
)
def fetch(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="MODEL", help="Names of models.", show_default=DEFAULT_MODEL)
    ] = None,
    models: parameters.ModelsFolder = None,
) -> None:
    """Download, convert and install models.

    Every download is checked against its published checksum. An interrupted download continues where it stopped when
    the command is run again. Converting a translation model needs PyTorch: pip install 'syncline[worker,models]'.
    Other models need no PyTorch; those for entities and answers need pip install 'syncline[worker,enrich]'.
    """
    fetch_models(names or [], folder=models)


@app.command(
    name="list",
    cls=Command,
    epilog=examples("""
$ syncline models list
m2m100-toy               0.7 MB  /opt/syncline/translation/toy  (a toy: it knows a dozen sentences)
answers-toy              0.2 MB  /opt/syncline/enrichment/toy  (a toy: it knows who did what, where and when)
answers-en           not installed  (syncline models fetch answers-en)
entities-de          not installed  (syncline models fetch entities-de)
entities-en          not installed  (syncline models fetch entities-en)
...
"""),
)
def list_(models: parameters.ModelsFolder = None, as_json: parameters.AsJson = False) -> None:
    """List the models that are installed, and those that can be.

    An installed model that cannot be used is listed with the reason.
    """
    list_models(folder=models, as_json=as_json)


@app.command(
    cls=Command,
    epilog=examples("""
$ syncline models verify m2m100-toy
m2m100-toy: 4 files are intact
"""),
)
def verify(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="MODEL", help="Names of models.", show_default="all installed")
    ] = None,
    models: parameters.ModelsFolder = None,
) -> None:
    """Check every file of the installed models.

    Compares the files with the SHA-256 that was recorded at installation. Exit code 1 if a model is damaged.
    """
    verify_models(names or [], folder=models)


def fetch_models(
    names: Sequence[str], *, folder: Path | None = None, kinds: Mapping[str, ModelKind] | None = None
) -> None:
    from syncline.models.fetching import fetch
    from syncline.models.hub import ENDPOINT, Hub

    where = _models_folder(folder)
    if where is None:
        raise SettingsError(
            "No folder for models is set, and there is no home directory.",
            hint="Give --models FOLDER, or set SYNCLINE_MODELS to a folder.",
        )
    hub = Hub(os.environ.get("HF_ENDPOINT") or ENDPOINT)
    for name in names or [DEFAULT_MODEL]:
        try:
            with progress_bar(name) as bar:
                progress = bar if stderr_console().is_terminal else _line_per_quarter(name)
                installed = fetch(name, where, kinds=kinds or _kinds(), hub=hub, progress=progress)
        except OSError as error:
            raise SettingsError(
                f"The model cannot be written to {where}: {error.strerror or error}.",
                code="not_writable",
                hint="Free some space or name another folder, and run the command again. It keeps what it downloaded.",
            ) from error
        note(f"{installed.name}: {installed.bytes / 1e6:,.0f} MB in {installed.path}")


def _kinds() -> Mapping[str, ModelKind]:
    from syncline.enrichment.answer_kind import AnswersKind
    from syncline.enrichment.kind import SpacyKind
    from syncline.speech.whisper.kind import WhisperKind
    from syncline.translation.kind import M2M100Kind

    return {kind.name: kind for kind in (M2M100Kind(), WhisperKind(), AnswersKind(), SpacyKind())}


def list_models(*, folder: Path | None = None, as_json: bool = False) -> None:
    from syncline.models.catalogue import CATALOGUE
    from syncline.models.installed import installed_names

    where = _models_folder(folder)
    names = installed_names(where)
    found = {name: _locate(name, where) for name in names}
    if as_json:
        print_json([_facts(name, model) for name, model in found.items()])
        return
    for name, model in found.items():
        show(_line(name, model))
    for name in sorted(set(CATALOGUE) - set(names)):
        show(f"{name:<20} not installed  (syncline models fetch {name})")


def verify_models(names: Sequence[str] = (), *, folder: Path | None = None) -> None:
    """Verify all of them before the error of a damaged one is raised."""
    from syncline.models.installed import installed_names, locate, verify

    where = _models_folder(folder)
    errors: list[ModelMissingError] = []
    for name in names or installed_names(where):
        try:
            show(f"{name}: {verify(locate(name, where))} files are intact")
        except ModelMissingError as error:
            errors.append(error)
    for earlier in errors[:-1]:
        note(str(earlier))
    if errors:
        raise errors[-1]


def _models_folder(given: Path | None) -> Path | None:
    return given or settings.read(os.environ).models


def _locate(name: str, folder: Path | None) -> InstalledModel | ModelMissingError:
    from syncline.models.installed import locate

    try:
        return locate(name, folder)
    except ModelMissingError as error:
        return error


def _line(name: str, model: InstalledModel | ModelMissingError) -> str:
    if isinstance(model, ModelMissingError):
        return f"{name:<20} {model}"
    remark = f"  (a toy: {TOY_REMARKS[model.name]})" if model.toy else ""
    return f"{name:<20}{model.bytes / 1e6:>8,.1f} MB  {model.path}{remark}"


def _facts(name: str, model: InstalledModel | ModelMissingError) -> dict[str, object]:
    if isinstance(model, ModelMissingError):
        return {"name": name, "error": model.as_dict()}
    return {
        "name": name,
        "path": str(model.path),
        "bytes": model.bytes,
        "revision": model.manifest.get("revision"),
        "toy": model.toy,
    }


def _line_per_quarter(name: str) -> Callable[[str, float], None]:
    """Progress for logs, where a progress bar would be thousands of lines."""
    seen: set[tuple[str, int]] = set()

    def report(stage: str, share: float) -> None:
        quarter = (stage, int(share * 4))
        if quarter not in seen:
            seen.add(quarter)
            note(f"{name}: {stage} {share:.0%}")

    return report
