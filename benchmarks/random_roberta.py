"""A RoBERTa of the true size of answers-en with random weights: for speed and memory, which weights do not change."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
from tokenizers import ByteLevelBPETokenizer

from syncline.enrichment import safetensors
from syncline.enrichment.answer_kind import AnswersKind
from syncline.enrichment.safetensors import Tensor

VOCABULARY, WIDTH, LAYERS, HEADS, POSITIONS = 50_265, 768, 12, 12, 514
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]


def make(output: Path, text: str) -> None:
    """Convert it into the folder, with a tokeniser that was trained on the text."""
    with tempfile.TemporaryDirectory() as temporary:
        checkpoint = Path(temporary)
        _write_tokeniser(checkpoint, text)
        safetensors.write(checkpoint / "model.safetensors", _tensors(np.random.default_rng(3)))
        config = {
            "model_type": "roberta", "hidden_act": "gelu", "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
            "max_position_embeddings": POSITIONS, "pad_token_id": 1, "layer_norm_eps": 1e-5,
        }  # fmt: skip
        (checkpoint / "config.json").write_text(json.dumps(config), encoding="utf-8")
        output.mkdir(parents=True, exist_ok=True)
        AnswersKind().convert(checkpoint, output)


def _write_tokeniser(folder: Path, text: str) -> None:
    tokeniser = ByteLevelBPETokenizer()
    tokeniser.train_from_iterator([text], vocab_size=VOCABULARY, special_tokens=SPECIAL, show_progress=False)
    tokeniser.save_model(str(folder))


def _tensors(chance: np.random.Generator) -> dict[str, Tensor]:
    def weights(*shape: int) -> Tensor:
        return (0.02 * chance.standard_normal(shape, np.float32)).astype(np.float32)

    def linear(name: str, rows: int, columns: int) -> dict[str, Tensor]:
        return {f"{name}.weight": weights(rows, columns), f"{name}.bias": weights(rows)}

    def norm(name: str) -> dict[str, Tensor]:
        return {f"{name}.weight": np.ones(WIDTH, np.float32), f"{name}.bias": np.zeros(WIDTH, np.float32)}

    start = "roberta.embeddings"
    found = {
        f"{start}.word_embeddings.weight": weights(VOCABULARY, WIDTH),
        f"{start}.position_embeddings.weight": weights(POSITIONS, WIDTH),
        f"{start}.token_type_embeddings.weight": weights(1, WIDTH),
        **norm(f"{start}.LayerNorm"),
        **linear("qa_outputs", 2, WIDTH),
    }
    for number in range(LAYERS):
        name = f"roberta.encoder.layer.{number}"
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            found |= linear(f"{name}.attention.{part}", WIDTH, WIDTH)
        found |= linear(f"{name}.intermediate.dense", 4 * WIDTH, WIDTH) | linear(
            f"{name}.output.dense", WIDTH, 4 * WIDTH
        )
        found |= norm(f"{name}.attention.output.LayerNorm") | norm(f"{name}.output.LayerNorm")
    return found
