"""The kind of model that this package runs: Whisper in CTranslate2's form, which needs no conversion."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection
from pathlib import Path

import numpy as np

from syncline.core.errors import ModelMissingError
from syncline.models.catalogue import WHISPER
from syncline.speech.whisper.vocabulary import read_tokens

REQUIRED = ("model.bin", "config.json")
VOCABULARIES = ("vocabulary.json", "vocabulary.txt")  # newer conversions have the one, older ones the other


class WhisperKind:
    name = WHISPER

    def check_converter(self) -> None:
        """Nothing is converted."""

    def files_to_download(self, available: Collection[str], repository: str) -> list[str]:
        vocabulary = [name for name in VOCABULARIES if name in available][:1]
        missing = [name for name in REQUIRED if name not in available]
        if missing or not vocabulary:
            raise ModelMissingError(
                f"{repository} is not a Whisper model for CTranslate2: it lacks "
                f"{', '.join(missing) or ' or '.join(VOCABULARIES)}.",
                code="not_on_hub",
                hint="Name a conversion, such as Systran/faster-whisper-base.en, with the commit to trust.",
            )
        return [*REQUIRED, *vocabulary]

    def convert(self, checkpoint: Path, output: Path) -> str:
        """Copy the files, the vocabulary always as JSON."""
        for name in REQUIRED:
            shutil.copyfile(checkpoint / name, output / name)
        tokens = json.dumps(read_tokens(checkpoint), ensure_ascii=False)
        (output / "vocabulary.json").write_text(tokens, encoding="utf-8")
        return "float16"

    def try_out(self, model: Path) -> None:
        from syncline.speech.whisper.recognition import Recogniser

        Recogniser(model, threads=1).recognise_samples(np.zeros(16_000, np.int16), language="en")
