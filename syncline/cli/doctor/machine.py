"""Check this machine: versions, ffmpeg, the engines, the models."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from collections.abc import Callable, Iterator

from syncline import __version__
from syncline.aws.settings import Settings
from syncline.cli.doctor.check import Check, Finding
from syncline.core.errors import ModelMissingError, SettingsError

PACKAGES = ("celery", "kombu", "boto3", "pocketsphinx", "ctranslate2", "sentencepiece")


def checks(settings: Settings) -> Iterator[tuple[str, Callable[[], Check]]]:
    yield "versions", _versions
    yield "ffmpeg", _ffmpeg
    yield "pocketsphinx", _pocketsphinx
    yield "languages", lambda: _languages(settings)
    yield "gentle", lambda: _gentle(settings)
    yield "whisper", lambda: _whisper(settings)
    yield "translation", lambda: _translation(settings)
    yield "entities", lambda: _entities(settings)
    yield "questions", lambda: _questions(settings)


def _versions() -> Check:
    found = []
    for package in PACKAGES:
        try:
            found.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    python = ".".join(map(str, sys.version_info[:3]))
    return Check("versions", Finding.OK, f"syncline {__version__}, Python {python}, {', '.join(found)}")


def _ffmpeg() -> Check:
    from syncline.media import ffmpeg_binary

    binary = ffmpeg_binary()
    answer = subprocess.run([binary, "-version"], capture_output=True, text=True, timeout=20, check=False)
    if answer.returncode != 0:
        return Check("ffmpeg", Finding.BAD, f"{binary} does not run.", "Install ffmpeg, or pip install imageio-ffmpeg.")
    return Check("ffmpeg", Finding.OK, f"{answer.stdout.split(' Copyright')[0]} ({binary})")


def _pocketsphinx() -> Check:
    import pocketsphinx

    if not os.path.isdir(pocketsphinx.get_model_path("en-us")):  # noqa: PTH112 - one question
        return Check(
            "pocketsphinx", Finding.BAD, "its English model is missing.", "pip install --force-reinstall pocketsphinx"
        )
    return Check("pocketsphinx", Finding.OK, "with its English model")


def _languages(settings: Settings) -> Check:
    from syncline.core.spoken_languages import SPOKEN_LANGUAGES
    from syncline.speech.g2p import INSTALL, missing

    lacking = [code for code, language in SPOKEN_LANGUAGES.items() if missing(language, settings.g2p)]
    if not lacking:
        return Check("languages", Finding.OK, f"pocketsphinx can align {' '.join(SPOKEN_LANGUAGES)}")
    ready = [code for code in SPOKEN_LANGUAGES if code not in lacking]
    says = f"pocketsphinx can align {' '.join(ready)}; jobs in {' '.join(lacking)} will fail."
    return Check("languages", Finding.NOTE, says, f"{INSTALL}, if recordings are in these languages.")


def _gentle(settings: Settings) -> Check:
    from syncline.speech.gentle import missing_parts

    missing = missing_parts(settings.gentle_home)
    if not missing:
        return Check("gentle", Finding.OK, f"complete in {settings.gentle_home}")
    needed = settings.engine == "gentle" or settings.gentle_home is not None
    return Check(
        "gentle",
        Finding.BAD if needed else Finding.NOTE,
        " ".join(missing),
        "Use the worker image, which contains Gentle, or set SYNCLINE_GENTLE_HOME to an installation.",
    )


def _whisper(settings: Settings) -> Check:
    from syncline.models.catalogue import WHISPER
    from syncline.models.installed import locate

    try:
        model = locate(settings.speech_model, settings.models, kind=WHISPER)
    except ModelMissingError as error:
        finding = Finding.BAD if settings.engine == "whisper" else Finding.NOTE
        return Check("whisper", finding, f"{error.message} Jobs with the engine whisper will fail.", error.hint)
    return Check("whisper", Finding.OK, f"{model.name} in {model.path}")


def _translation(settings: Settings) -> Check:
    from syncline.models.catalogue import M2M100
    from syncline.models.installed import locate

    try:
        model = locate(settings.translation_model, settings.models, kind=M2M100)
    except ModelMissingError as error:
        finding = Finding.BAD if settings.translate_to else Finding.NOTE
        return Check("translation", finding, f"{error.message} Jobs that ask for translations will fail.", error.hint)
    return Check("translation", Finding.OK, f"{model.name} in {model.path}")


def _entities(settings: Settings) -> Check:
    from syncline.core.enrichment_models import ENTITY_MODELS
    from syncline.enrichment.requirements import check_spacy
    from syncline.models.catalogue import SPACY
    from syncline.models.installed import installed_names, locate

    models = {name: language for language, name in ENTITY_MODELS.items()}
    try:
        check_spacy()
        installed = [name for name in installed_names(settings.models) if name in models]
        for name in installed or [ENTITY_MODELS["en"]]:
            locate(name, settings.models, kind=SPACY)
    except (ModelMissingError, SettingsError) as error:
        says = f"{error.message} Jobs with the option entities will fail."
        return Check("entities", Finding.NOTE, says, error.hint)
    return Check("entities", Finding.OK, f"in the languages {' '.join(models[name] for name in installed)}")


def _questions(settings: Settings) -> Check:
    from syncline.enrichment.requirements import check_tokenizers
    from syncline.models.catalogue import ANSWERS
    from syncline.models.installed import locate

    try:
        check_tokenizers()
        model = locate(settings.answer_model, settings.models, kind=ANSWERS)
    except (ModelMissingError, SettingsError) as error:
        says = f"{error.message} Jobs with the option questions will fail."
        return Check("questions", Finding.NOTE, says, error.hint)
    return Check("questions", Finding.OK, f"{model.name} in {model.path}")
