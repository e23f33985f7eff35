"""Where models are kept if the user names no folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def default_models_folder(environment: Mapping[str, str]) -> Path | None:
    """The folder for the data of programs, as the XDG base directories name it. None for a process without a home."""
    if shared := environment.get("XDG_DATA_HOME"):
        return Path(shared, "syncline", "models")
    home = environment.get("HOME")
    return Path(home, ".local", "share", "syncline", "models") if home else None
