"""Convert a RoBERTa that transformers made, and compare its scores with those of transformers.

Needs PyTorch and transformers (`make test-conversion`). Without them these tests are skipped.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from syncline.enrichment.answer_kind import AnswersKind
from syncline.models.catalogue import ANSWERS, SPAN_HEAD, TOKENIZER
from syncline.models.fetching import fetch
from syncline.models.hub import Hub
from syncline.models.installed import verify
from tests.hub_server import HubState, serve

pytestmark = pytest.mark.torch

REVISION = "0123456789abcdef0123456789abcdef01234567"
TEXT = "Ada Lovelace proposed the bridge in Zürich 🎈 on Monday."
QUESTION = "Who proposed the bridge?"


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small RobertaForQuestionAnswering with random weights, as transformers saves it."""
    pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    tokenizers = pytest.importorskip("tokenizers")
    folder = tmp_path_factory.mktemp("roberta")
    tokeniser = tokenizers.ByteLevelBPETokenizer()
    tokeniser.train_from_iterator([TEXT, QUESTION] * 3, 400, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    tokeniser.save_model(str(folder))
    config = transformers.RobertaConfig(
        vocab_size=tokeniser.get_vocab_size(), hidden_size=48, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=96, max_position_embeddings=130, type_vocab_size=1, layer_norm_eps=1e-5,
    )  # fmt: skip
    transformers.RobertaForQuestionAnswering(config).eval().save_pretrained(folder, safe_serialization=True)
    return folder


def test_scores_are_those_of_transformers(checkpoint: Path, tmp_path: Path) -> None:
    import ctranslate2
    import torch
    import transformers
    from tokenizers import Tokenizer

    AnswersKind().convert(checkpoint, tmp_path)
    expected_tokeniser = transformers.RobertaTokenizer.from_pretrained(checkpoint)
    expected_tokens = expected_tokeniser(QUESTION, TEXT)["input_ids"]
    tokenizer = Tokenizer.from_file(str(tmp_path / TOKENIZER))
    question, text = (tokenizer.encode(part, add_special_tokens=False).ids for part in (QUESTION, TEXT))
    tokens = [0, *question, 2, 2, *text, 2]
    assert tokens == expected_tokens

    model = transformers.RobertaForQuestionAnswering.from_pretrained(checkpoint).eval()
    with torch.inference_mode():
        output = model(torch.tensor([tokens]))
    expected = np.stack([output.start_logits[0].numpy(), output.end_logits[0].numpy()], axis=1)
    encoder = ctranslate2.Encoder(str(tmp_path), compute_type="int8")
    head: Any = np.load(tmp_path / SPAN_HEAD)
    states = np.asarray(encoder.forward_batch([tokens]).last_hidden_state, np.float32)[0]
    scores = states @ head["weight"].T + head["bias"]
    assert np.abs(scores - expected).max() < 0.05 * np.abs(expected).max()  # int8
    assert head["positions"] == 128


def test_a_checkpoint_of_the_hub_is_recognised_fetched_and_tried_out(checkpoint: Path, tmp_path: Path) -> None:
    files = {path.name: path.read_bytes() for path in checkpoint.iterdir()}
    with serve(HubState("someone/roberta", REVISION, files)) as url:
        name = f"someone/roberta@{REVISION}"
        installed = fetch(
            name, tmp_path, kinds={ANSWERS: AnswersKind()}, hub=Hub(url), progress=lambda stage, share: None
        )
    assert installed.kind == ANSWERS
    assert verify(installed) == 5
    assert json.loads((installed.path / "syncline-model.json").read_text())["revision"] == REVISION
