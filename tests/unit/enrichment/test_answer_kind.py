"""Which checkpoints answer questions, and their conversion."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from syncline.core.errors import EngineError, ModelMissingError, SettingsError
from syncline.enrichment import safetensors
from syncline.enrichment.answer_kind import AnswersKind


def test_tensors_survive_the_file(tmp_path: Path) -> None:
    written = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b.c": np.ones(5, np.float32)}
    safetensors.write(tmp_path / "model.safetensors", written)
    read = safetensors.read(tmp_path / "model.safetensors")
    assert read.keys() == written.keys()
    assert all(np.array_equal(read[name], written[name]) for name in written)


OUTSIDE = json.dumps({"a": {"dtype": "F32", "shape": [9], "data_offsets": [0, 36]}}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"short",
        b"\xff" * 64,
        (2).to_bytes(8, "little") + b"[]",
        len(OUTSIDE).to_bytes(8, "little") + OUTSIDE,
    ],
)
def test_damaged_tensors_are_refused(tmp_path: Path, content: bytes) -> None:
    checkpoint = tmp_path / "checkpoint"
    checkpoint.mkdir()
    (checkpoint / "config.json").write_text('{"model_type": "roberta"}', encoding="utf-8")
    (checkpoint / "model.safetensors").write_bytes(content)
    with pytest.raises(EngineError, match="not a RoBERTa that answers questions"):
        AnswersKind().convert(checkpoint, tmp_path)


def test_another_architecture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}', encoding="utf-8")
    with pytest.raises(EngineError, match="its type is bert"):
        AnswersKind().convert(tmp_path, tmp_path)


def test_the_files_of_a_roberta_are_chosen() -> None:
    available = ["README.md", "config.json", "merges.txt", "model.safetensors", "pytorch_model.bin", "vocab.json"]
    chosen = AnswersKind().files_to_download(available, "someone/roberta")
    assert set(chosen) == {"config.json", "merges.txt", "model.safetensors", "vocab.json"}
    with pytest.raises(ModelMissingError, match=r"lacks model\.safetensors"):
        AnswersKind().files_to_download(["config.json", "vocab.json", "merges.txt", "pytorch_model.bin"], "a/b")


def test_without_tokenizers_the_error_names_the_extra() -> None:
    with pytest.raises(SettingsError, match="needs the package tokenizers"):
        AnswersKind(lambda module: False).check_converter()
