"""`syncline models fetch|list|verify`: the translation models in this machine's (or this deployment's) folder."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from syncline.aws import settings
from syncline.cli.console import err, out, progress_bar
from syncline.core.errors import ModelMissingError, SettingsError

if TYPE_CHECKING:
    from syncline.models.installed import InstalledModel
    from syncline.models.kind import ModelKind

DEFAULT_MODEL = "m2m100-418m"


def models_folder(given: Path | None) -> Path | None:
    return given or settings.read(os.environ).models


def fetch_models(
    names: Sequence[str], *, folder: Path | None = None, kinds: Mapping[str, ModelKind] | None = None
) -> None:
    from syncline.models.fetching import fetch
    from syncline.models.hub import ENDPOINT, Hub

    where = models_folder(folder)
    if where is None:
        raise SettingsError(
            "It is not said where models belong.", hint="Give --models FOLDER, or set SYNCLINE_MODELS to one."
        )
    hub = Hub(os.environ.get("HF_ENDPOINT") or ENDPOINT)
    for name in names or [DEFAULT_MODEL]:
        try:
            with progress_bar(name) as tell:
                progress = tell if err.is_terminal else _line_per_stage(name)
                installed = fetch(name, where, kinds=kinds or _kinds(), hub=hub, progress=progress)
        except OSError as error:
            raise SettingsError(
                f"{where} cannot hold the model: {error.strerror or error}.",
                code="not_writable",
                hint="Make room or name another folder, then run it again: what is downloaded is kept.",
            ) from error
        err.print(f"{installed.name}: {installed.bytes / 1e6:,.0f} MB in {installed.path}", soft_wrap=True)


def _kinds() -> Mapping[str, ModelKind]:
    from syncline.translation.kind import M2M100Kind

    return {kind.name: kind for kind in (M2M100Kind(),)}


def list_models(*, folder: Path | None = None, as_json: bool = False) -> None:
    from syncline.models.catalogue import CATALOGUE
    from syncline.models.installed import installed_names

    where = models_folder(folder)
    names = installed_names(where)
    found = {name: _found(name, where) for name in names}
    if as_json:
        sys.stdout.write(json.dumps([_facts(name, model) for name, model in found.items()], indent=2) + "\n")
        return
    for name, model in found.items():
        if isinstance(model, ModelMissingError):
            out.print(f"{name:<20} {model.message} {model.hint}")
        else:
            remark = "  (a toy: it knows a dozen sentences)" if model.toy else ""
            out.print(f"{name:<20}{model.bytes / 1e6:>8,.1f} MB  {model.path}{remark}")
    for name in sorted(set(CATALOGUE) - set(names)):
        out.print(f"{name:<20} not installed  (syncline models fetch {name})")


def verify_models(names: Sequence[str] = (), *, folder: Path | None = None) -> None:
    """All installed models, or those named; raises in the end when one of them is damaged."""
    from syncline.models.installed import installed_names, locate, verify

    where = models_folder(folder)
    damages: list[ModelMissingError] = []
    for name in names or installed_names(where):
        try:
            out.print(f"{name}: {verify(locate(name, where))} files are whole")
        except ModelMissingError as error:
            damages.append(error)
    for damage in damages[:-1]:
        err.print(f"{damage.message} {damage.hint}", markup=False, soft_wrap=True)
    if damages:
        raise damages[-1]


def _found(name: str, folder: Path | None) -> InstalledModel | ModelMissingError:
    from syncline.models.installed import locate

    try:
        return locate(name, folder)
    except ModelMissingError as error:
        return error


def _facts(name: str, model: InstalledModel | ModelMissingError) -> dict[str, object]:
    if isinstance(model, ModelMissingError):
        return {"name": name, "error": {"code": model.code, "message": model.message, "hint": model.hint}}
    return {
        "name": name,
        "path": str(model.path),
        "bytes": model.bytes,
        "revision": model.manifest.get("revision"),
        "toy": model.toy,
    }


def _line_per_stage(name: str) -> Callable[[str, float], None]:
    """For logs, where a progress bar would be thousands of lines."""
    seen: set[tuple[str, int]] = set()

    def heard(stage: str, done: float) -> None:
        quarter = (stage, int(done * 4))
        if quarter not in seen:
            seen.add(quarter)
            err.print(f"{name}: {stage} {done:.0%}", soft_wrap=True)

    return heard
