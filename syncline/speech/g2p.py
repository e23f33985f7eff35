"""Turn words into IPA with g2p2, a grapheme-to-phoneme tool without dependencies; the extra `languages` installs it.

g2p2 looks for a model in the user's cache and downloads it if it is not there. Here a model comes from the installed
package of its language family and from nowhere else, so that a job needs no network and its result depends on nothing
but the versions installed.
"""

from __future__ import annotations

import importlib.util
import lzma
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from syncline.core.errors import ModelMissingError
from syncline.core.spoken_languages import ESPEAK, G2P2, SPOKEN_LANGUAGES, SpokenLanguage
from syncline.speech import brahmic, espeak, japanese, korean, mandarin

Segmenter = Callable[[str], Iterator[tuple[int, int, str]]]  # text -> (start, end, reading) of each word

INSTALL = "pip install 'syncline[languages]'"
MODELS_IN_MEMORY = 2  # 3 to 60 MB each
NO_READINGS: Mapping[str, str] = {}


CJK_INSTALL = "pip install 'syncline[languages-cjk]'"
# Languages whose words are pronounced by a module of their own.
_OWN: dict[str, ModuleType] = {"brahmic": brahmic, "japanese": japanese, "korean": korean, "mandarin": mandarin}


def reads(language: SpokenLanguage) -> bool:
    """Whether a tool is needed for its words, so that the choice of one counts."""
    return bool(language.g2p) and language.g2p not in _OWN


def missing(language: SpokenLanguage, tool: str = G2P2) -> str | None:
    """What must be installed before `tool` can pronounce words of the language; None if nothing is missing."""
    if tool == ESPEAK and reads(language):
        return None if espeak.is_installed() else espeak.INSTALL
    if language.g2p in _OWN:
        needed = getattr(_OWN[language.g2p], "PACKAGES", ())
        return None if all(importlib.util.find_spec(name) for name in needed) else CJK_INSTALL
    if not language.g2p or (importlib.util.find_spec("g2p2") and _model_path(language)):
        return None
    return INSTALL


def require(language: SpokenLanguage, tool: str = G2P2) -> None:
    """Raises ModelMissingError if something must be installed first."""
    if install := missing(language, tool):
        raise ModelMissingError(
            f"Pronunciations of {language.name} need packages that are not installed.",
            code="language_not_installed",
            hint=f"Run {install}.",
        )


def segmenter(language: SpokenLanguage) -> Segmenter | None:
    """What finds the words of a language that is written without spaces."""
    return getattr(_OWN.get(language.g2p), "segment", None)


def readings(word: str, language: SpokenLanguage) -> list[str]:
    """The IPA of the word's readings, the likeliest first."""
    if word in language.words:
        return language.words[word].split("|")
    if language.g2p in _OWN:
        return [str(_OWN[language.g2p].ipa(word))]
    return str(_model(language.code).phonemize(word)).split(",")


def number_words(value: int, language: SpokenLanguage) -> str:
    """Of a language that num2words does not have."""
    if language.g2p == "mandarin":
        return mandarin.number_words(value)
    if language.g2p == "brahmic":
        return brahmic.number_words(value, language.code)
    if not importlib.util.find_spec("g2p2"):
        return str(value)  # espeak-ng reads digits
    from g2p2 import expand_numbers

    return str(expand_numbers(str(value), language.code))


@lru_cache(maxsize=MODELS_IN_MEMORY)
def _model(code: str) -> Any:
    language = SPOKEN_LANGUAGES[code]
    require(language)
    path = _model_path(language)
    assert path is not None  # noqa: S101 - required above

    from g2p2 import Model

    return Model.from_bytes(lzma.decompress(path.read_bytes()))


def _model_path(language: SpokenLanguage) -> Path | None:
    package = importlib.util.find_spec(f"g2p2_group_{language.g2p}")
    folders = package.submodule_search_locations if package else None
    path = Path(folders[0], f"{language.code}.g2p.xz") if folders else None
    return path if path and path.exists() else None
