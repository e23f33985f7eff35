"""`syncline models fetch|list|verify`: the translation models in this machine's (or this deployment's) folder."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from syncline import settings
from syncline.cli.console import err, out, progress_bar
from syncline.errors import SettingsError

DEFAULT_MODEL = "m2m100-418m"


def models_folder(given: Path | None) -> Path | None:
    return given or settings.read(os.environ).models


def fetch_models(names: Sequence[str], *, folder: Path | None = None) -> None:
    from worker.model_fetch import fetch

    where = models_folder(folder)
    if where is None:
        raise SettingsError(
            "It is not said where models belong.", hint="Give --models FOLDER, or set SYNCLINE_MODELS to one."
        )
    for name in names or [DEFAULT_MODEL]:
        with progress_bar(name) as tell:
            installed = fetch(name, where, heard=tell if err.is_terminal else _line_per_stage(name))
        err.print(f"{installed.name}: {installed.bytes / 1e6:,.0f} MB in {installed.path}", soft_wrap=True)


def list_models(*, folder: Path | None = None, as_json: bool = False) -> None:
    from worker.models import CATALOGUE, TOY, list_installed

    where = models_folder(folder)
    installed = list_installed(where)
    if as_json:
        facts = [
            {
                "name": m.name,
                "path": str(m.path),
                "bytes": m.bytes,
                "revision": m.manifest.get("revision"),
                "toy": m.toy,
            }
            for m in installed
        ]
        sys.stdout.write(json.dumps(facts, indent=2) + "\n")
        return
    for model in installed:
        remark = "  (a toy: it knows a dozen sentences)" if model.name == TOY.name else ""
        out.print(f"{model.name:<20}{model.bytes / 1e6:>8,.1f} MB  {model.path}{remark}")
    for name in sorted(set(CATALOGUE) - {model.name for model in installed}):
        out.print(f"{name:<20} not installed  (syncline models fetch {name})")


def verify_models(names: Sequence[str] = (), *, folder: Path | None = None) -> None:
    """All installed models, or those named; raises at the first that is damaged."""
    from worker.models import list_installed, locate, verify

    where = models_folder(folder)
    chosen = [locate(name, where) for name in names] if names else list_installed(where)
    for model in chosen:
        out.print(f"{model.name}: {verify(model)} files are whole")


def _line_per_stage(name: str) -> Callable[[str, float], None]:
    """For logs, where a progress bar would be thousands of lines."""
    seen: set[tuple[str, int]] = set()

    def heard(stage: str, done: float) -> None:
        quarter = (stage, int(done * 4))
        if quarter not in seen:
            seen.add(quarter)
            err.print(f"{name}: {stage} {done:.0%}", soft_wrap=True)

    return heard
