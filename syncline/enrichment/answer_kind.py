"""The kind of model that answers questions: RoBERTa with a span head, as Hugging Face transformers store it.

The encoder is converted to CTranslate2. The span head is two rows of weights, which stay as they are. Neither PyTorch
nor transformers is needed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from syncline.core.errors import EngineError, ModelMissingError
from syncline.enrichment import safetensors
from syncline.enrichment.answer_model import UNKNOWN, AnswerModel
from syncline.enrichment.requirements import check_tokenizers, is_importable
from syncline.enrichment.safetensors import Tensor
from syncline.models.catalogue import ANSWERS, SPAN_HEAD, TOKENIZER
from syncline.models.installed import InstalledModel

WEIGHTS = "model.safetensors"
REQUIRED = ("config.json", "vocab.json", "merges.txt", WEIGHTS)
QUANTIZATION = "int8"


class AnswersKind:
    name = ANSWERS

    def __init__(self, importable: Callable[[str], bool] = is_importable) -> None:
        self._importable = importable

    def check_converter(self) -> None:
        check_tokenizers(self._importable)

    def files_to_download(self, available: Collection[str], repository: str) -> list[str]:
        missing = [name for name in REQUIRED if name not in available]
        if missing:
            raise ModelMissingError(
                f"{repository} is not a RoBERTa model that answers questions: it lacks {', '.join(missing)}.",
                code="not_on_hub",
                hint="Name a RoBERTa that was trained on SQuAD 2.0, with its weights as model.safetensors.",
            )
        return list(REQUIRED)

    def convert(self, checkpoint: Path, output: Path) -> str:
        try:
            self._convert(checkpoint, output)
        except (KeyError, ValueError, AssertionError) as error:
            raise EngineError(
                f"The checkpoint is not a RoBERTa that answers questions: {error}.",
                code="model_unusable",
                hint="Name a RoBERTa that was trained on SQuAD 2.0, with its weights as model.safetensors.",
            ) from error
        return QUANTIZATION

    def try_out(self, model: Path) -> None:
        loaded = AnswerModel(InstalledModel(model.name, ANSWERS, model, 0, {}), threads=1)
        loaded.answer("The bridge was proposed by Ada.", ["Who proposed the bridge?"])

    def _convert(self, checkpoint: Path, output: Path) -> None:
        config = json.loads((checkpoint / "config.json").read_text(encoding="utf-8"))
        if config["model_type"] != "roberta":
            raise ValueError(f"its type is {config['model_type']}")
        tensors = safetensors.read(checkpoint / WEIGHTS)
        tokens = _write_tokenizer(checkpoint, output)
        spec = _encoder(config, tensors, tokens)
        spec.validate()
        spec.optimize(quantization=QUANTIZATION)
        spec.save(str(output))
        np.savez(
            output / SPAN_HEAD,
            weight=tensors["qa_outputs.weight"],
            bias=tensors["qa_outputs.bias"],
            positions=np.int32(config["max_position_embeddings"] - config["pad_token_id"] - 1),
        )


def _write_tokenizer(checkpoint: Path, output: Path) -> list[str]:
    """-> the tokens by id."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    vocabulary = json.loads((checkpoint / "vocab.json").read_text(encoding="utf-8"))
    byte_pairs = models.BPE.from_file(str(checkpoint / "vocab.json"), str(checkpoint / "merges.txt"))
    tokenizer = Tokenizer(byte_pairs)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.save(str(output / TOKENIZER))
    by_id = {number: token for token, number in vocabulary.items()}
    return [by_id.get(number, f"<extra_id_{number}>") for number in range(max(by_id) + 1)]


def _encoder(config: Mapping[str, Any], tensors: Mapping[str, Tensor], tokens: list[str]) -> Any:
    from ctranslate2.specs import common_spec, transformer_spec

    layers, heads = config["num_hidden_layers"], config["num_attention_heads"]
    encoder = transformer_spec.TransformerEncoderSpec(
        layers,
        heads,
        pre_norm=False,
        activation={"gelu": common_spec.Activation.GELU, "relu": common_spec.Activation.RELU}[config["hidden_act"]],
        num_source_embeddings=2,
        embeddings_merge=common_spec.EmbeddingsMerge.ADD,
        layernorm_embedding=True,
    )
    encoder.scale_embeddings = False
    _Weights(tensors).fill(encoder, first_position=config["pad_token_id"] + 1)
    spec = transformer_spec.TransformerEncoderModelSpec(encoder)
    spec.config.unk_token, spec.config.layer_norm_epsilon = UNKNOWN, config["layer_norm_eps"]
    rows = len(tensors["roberta.embeddings.word_embeddings.weight"])
    spec.register_vocabulary([*tokens, *(f"<extra_id_{number}>" for number in range(len(tokens), rows))][:rows])
    return spec


class _Weights:
    """Copies the tensors of transformers' RobertaForQuestionAnswering into CTranslate2's specification."""

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        self._tensors = tensors

    def fill(self, encoder: Any, *, first_position: int) -> None:
        embeddings = "roberta.embeddings"
        encoder.embeddings[0].weight = self._tensors[f"{embeddings}.word_embeddings.weight"]
        encoder.embeddings[1].weight = self._tensors[f"{embeddings}.token_type_embeddings.weight"]
        # The positions of the padding token, and those before it, are never used.
        encoder.position_encodings.encodings = self._tensors[f"{embeddings}.position_embeddings.weight"][
            first_position:
        ]
        self._norm(encoder.layernorm_embedding, f"{embeddings}.LayerNorm")
        for number, layer in enumerate(encoder.layer):
            self._layer(layer, f"roberta.encoder.layer.{number}")

    def _layer(self, layer: Any, name: str) -> None:
        attention = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
        layer.self_attention.linear[0].weight = np.concatenate([self._tensors[f"{part}.weight"] for part in attention])
        layer.self_attention.linear[0].bias = np.concatenate([self._tensors[f"{part}.bias"] for part in attention])
        self._linear(layer.self_attention.linear[1], f"{name}.attention.output.dense")
        self._norm(layer.self_attention.layer_norm, f"{name}.attention.output.LayerNorm")
        self._linear(layer.ffn.linear_0, f"{name}.intermediate.dense")
        self._linear(layer.ffn.linear_1, f"{name}.output.dense")
        self._norm(layer.ffn.layer_norm, f"{name}.output.LayerNorm")

    def _linear(self, linear: Any, name: str) -> None:
        linear.weight, linear.bias = self._tensors[f"{name}.weight"], self._tensors[f"{name}.bias"]

    def _norm(self, norm: Any, name: str) -> None:
        norm.gamma, norm.beta = self._tensors[f"{name}.weight"], self._tensors[f"{name}.bias"]
