"""Download a checkpoint from the Hugging Face hub, convert it, and install it where many workers can see it.

Several tasks may start at once on one shared file system and any of them may be killed at any moment: one holds the
lock and works, the others wait and then find the model installed. What was downloaded before a death is kept and
completed; the model's folder appears under its name in one rename, complete and verified, or not at all.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from syncline.errors import EngineError, ModelMissingError, SettingsError, SynclineError, TransientError
from worker.models import (
    CATALOGUE,
    TOKENISER,
    Installed,
    Source,
    locate,
    sha256_of,
    source_for,
    verify,
    write_manifest,
)

QUANTIZATION = "int8"
WEIGHTS = ("model.safetensors", "pytorch_model.bin")  # the first that a repository has
TOKENISER_FILES = ("config.json", "vocab.json", TOKENISER, "special_tokens_map.json", "tokenizer_config.json")

Say = Callable[[str], None]
Convert = Callable[[Path, Path], None]


def convert(checkpoint: Path, output: Path) -> None:
    """Hugging Face layout -> CTranslate2 int8, with the tokeniser beside it. Needs PyTorch and transformers."""
    from ctranslate2.converters import TransformersConverter

    converter = TransformersConverter(str(checkpoint), copy_files=[TOKENISER])
    converter.convert(str(output), quantization=QUANTIZATION, force=True)
