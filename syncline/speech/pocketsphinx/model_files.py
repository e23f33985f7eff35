"""Paths of the model files inside the PocketSphinx wheel."""

from __future__ import annotations

from pathlib import Path


def model_folder() -> Path:
    import pocketsphinx

    return Path(pocketsphinx.__file__).parent / "model" / "en-us"


def acoustic_model_folder() -> Path:
    return model_folder() / "en-us"


def language_model_path() -> Path:
    return model_folder() / "en-us.lm.bin"


def dictionary_path() -> Path:
    return model_folder() / "cmudict-en-us.dict"
