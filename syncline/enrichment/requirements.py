"""Check that the packages of the extra `enrich` are installed, before anything needs them."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

from syncline.core.errors import SettingsError

HOW_TO_INSTALL = (
    "Run: pip install 'syncline[worker,enrich]', or build the image with "
    "--build-arg WORKER_REQUIREMENTS=requirements-enrich.txt."
)


def is_importable(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def check_spacy(importable: Callable[[str], bool] = is_importable) -> None:
    if not importable("spacy"):
        raise SettingsError(
            "Finding entities needs spaCy, which this installation does not have.",
            code="spacy_missing",
            hint=HOW_TO_INSTALL,
        )


def check_tokenizers(importable: Callable[[str], bool] = is_importable) -> None:
    if not importable("tokenizers"):
        raise SettingsError(
            "Answering questions needs the package tokenizers, which this installation does not have.",
            code="tokenizers_missing",
            hint=HOW_TO_INSTALL,
        )
