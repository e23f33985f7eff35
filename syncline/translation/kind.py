"""The kind of model that this package runs: which files of an M2M100 checkpoint it downloads, and how it converts and
tries out the result.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Collection
from pathlib import Path

from syncline.core.errors import EngineError, ModelMissingError, SettingsError
from syncline.models.catalogue import M2M100, TOKENISER
from syncline.models.installed import InstalledModel

QUANTIZATION = "int8"
WEIGHTS = ("model.safetensors", "pytorch_model.bin")  # the first that a repository has
REQUIRED = ("config.json", "vocab.json", TOKENISER)
OPTIONAL = ("generation_config.json", "special_tokens_map.json", "tokenizer_config.json", "added_tokens.json")


def _is_importable(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


class M2M100Kind:
    name = M2M100

    def __init__(self, is_importable: Callable[[str], bool] = _is_importable) -> None:
        self._is_importable = is_importable

    def check_converter(self) -> None:
        missing = [name for name in ("torch", "transformers") if not self._is_importable(name)]
        if missing:
            raise SettingsError(
                f"Converting a model needs {' and '.join(missing)}, which this installation does not have.",
                code="converter_missing",
                hint="Run: pip install 'syncline[worker,models]'. Translating needs neither.",
            )

    def files_to_download(self, available: Collection[str], repository: str) -> list[str]:
        weights = [name for name in WEIGHTS if name in available][:1]
        missing = [name for name in REQUIRED if name not in available] + ([] if weights else [" or ".join(WEIGHTS)])
        if missing:
            raise ModelMissingError(
                f"{repository} is not an M2M100 checkpoint: it lacks {', '.join(missing)}.",
                code="not_on_hub",
                hint="Name a repository that holds M2M100 in the layout of Hugging Face transformers.",
            )
        return [name for name in (*REQUIRED, *OPTIONAL, *weights) if name in available]

    def convert(self, checkpoint: Path, output: Path) -> str:
        """Convert the layout of Hugging Face transformers to CTranslate2, and copy the tokeniser."""
        from ctranslate2.converters import TransformersConverter

        converter = TransformersConverter(str(checkpoint), copy_files=[TOKENISER])
        converter.convert(str(output), quantization=QUANTIZATION, force=True)
        return QUANTIZATION

    def try_out(self, model: Path) -> None:
        from syncline.translation.model import DecoderInput, TranslationModel

        translator = TranslationModel(InstalledModel(model.name, M2M100, model, 0, {}), threads=1)
        if not translator.languages:
            raise EngineError("The checkpoint has no language tokens, so it is not M2M100.", code="model_unusable")
        language = min(translator.languages)
        translator.decode([DecoderInput(translator.tokenise("Hello."), language, language)])
