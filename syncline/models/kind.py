"""What a kind of model provides to be fetched. The package that runs a kind implements it; see syncline.translation."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Protocol


class ModelKind(Protocol):
    name: str

    def check_converter(self) -> None:
        """Raise SettingsError if this installation cannot convert. Called before a download of gigabytes."""

    def files_to_download(self, available: Collection[str], repository: str) -> list[str]:
        """Choose from a repository's files. Raise ModelMissingError if a required file is missing."""
        ...

    def convert(self, checkpoint: Path, output: Path) -> str:
        """Write the installed files to `output`, and return the quantization."""
        ...

    def try_out(self, model: Path) -> None:
        """Load the converted model and run it once. Raise if it fails: a conversion can fail silently."""
