"""Turn words into IPA with g2p2, a grapheme-to-phoneme tool without dependencies; the extra `languages` installs it.

g2p2 looks for a model in the user's cache and downloads it if it is not there. Here a model comes from the installed
package of its language family and from nowhere else, so that a job needs no network and its result depends on nothing
but the versions installed.
"""

from __future__ import annotations

import importlib.util
import lzma
from functools import lru_cache
from pathlib import Path
from typing import Any

from syncline.core.errors import ModelMissingError
from syncline.core.spoken_languages import SPOKEN_LANGUAGES, SpokenLanguage

INSTALL = "pip install 'syncline[languages]'"
MODELS_IN_MEMORY = 2  # 3 to 60 MB each


def missing(language: SpokenLanguage) -> str | None:
    """What must be installed before words of the language can be pronounced; None if nothing is missing."""
    if not language.g2p or (importlib.util.find_spec("g2p2") and _model_path(language)):
        return None
    return INSTALL


def word_ipa(word: str, language: SpokenLanguage) -> str:
    # A word can have several readings, with commas between them.
    return str(_model(language.code).phonemize(word)).partition(",")[0]


@lru_cache(maxsize=MODELS_IN_MEMORY)
def _model(code: str) -> Any:
    language = SPOKEN_LANGUAGES[code]
    path = _model_path(language)
    if missing(language) or path is None:
        raise ModelMissingError(
            f"Pronunciations of {language.name} need a package that is not installed.",
            code="language_not_installed",
            hint=f"Run {INSTALL}.",
        )
    from g2p2 import Model

    return Model.from_bytes(lzma.decompress(path.read_bytes()))


def _model_path(language: SpokenLanguage) -> Path | None:
    package = importlib.util.find_spec(f"g2p2_group_{language.g2p}")
    folders = package.submodule_search_locations if package else None
    path = Path(folders[0], f"{language.code}.g2p.xz") if folders else None
    return path if path and path.exists() else None
