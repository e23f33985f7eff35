"""Fetch a checkpoint from a local hub, convert it, and compare its translations with those of transformers.

Needs the extra `models`. Without it these tests are skipped.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from syncline.models.catalogue import M2M100
from syncline.models.fetching import fetch
from syncline.models.hub import Hub
from syncline.models.installed import verify
from syncline.translation import open_model, translate_texts
from syncline.translation.kind import M2M100Kind
from tests.hub_server import HubState, serve

pytestmark = pytest.mark.torch

SCRIPT = Path(__file__).resolve().parents[3] / "scripts/make_toy_model.py"
REVISION = "0123456789abcdef0123456789abcdef01234567"
TEXTS = [
    "Life is like a box of chocolates.",
    "The meeting starts at nine.",
    "Hello, world!",
    "Gift",
    "A quick quiz: q, Ω, ✓ and 漢字 😀",
    "  odd   spacing\tand\nlines ",
    "ﬁne ½ Ｆｕｌｌ",
]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("checkpoint")
    output = tmp_path_factory.mktemp("converted")
    subprocess.run(
        [sys.executable, str(SCRIPT), "--checkpoint", str(folder), "--output", str(output)],
        check=True,
        env={"PYTHONPATH": str(SCRIPT.parent.parent), "PATH": "/usr/bin:/bin"},
    )
    return folder


@pytest.fixture(scope="module")
def model(checkpoint, tmp_path_factory):
    files = {path.name: path.read_bytes() for path in checkpoint.iterdir()}
    folder = tmp_path_factory.mktemp("models")
    with serve(HubState("someone/toy", REVISION, files)) as url:
        installed = fetch(
            f"someone/toy@{REVISION}",
            folder,
            kinds={M2M100: M2M100Kind()},
            hub=Hub(url),
            progress=lambda stage, share: None,
        )
    assert verify(installed)
    return open_model("someone/toy", folder)


def test_a_fetched_and_converted_model_translates(model):
    [translated] = translate_texts(model, TEXTS[:1], source="en", targets=["ja"])["ja"]
    assert translated.text == "人生はチョコレートの箱のようなものだ。"


@pytest.mark.parametrize("text", TEXTS)
def test_the_tokens_are_those_of_the_reference_tokeniser(model, checkpoint, text):
    from transformers import M2M100Tokenizer

    reference = M2M100Tokenizer.from_pretrained(checkpoint)
    reference.src_lang = "en"
    tokens = ["__en__", *model.tokenise(text), "</s>"]
    assert reference.convert_tokens_to_ids(tokens) == reference(text).input_ids


@pytest.mark.parametrize("target", ["ja", "fr", "de"])
def test_the_translations_are_those_of_the_reference_implementation(model, checkpoint, target):
    import torch
    from transformers import M2M100ForConditionalGeneration, M2M100Tokenizer

    tokeniser = M2M100Tokenizer.from_pretrained(checkpoint)
    tokeniser.src_lang = "en"
    reference = M2M100ForConditionalGeneration.from_pretrained(checkpoint).eval()
    known = TEXTS[:3]
    with torch.inference_mode():
        output = reference.generate(
            **tokeniser(known, return_tensors="pt", padding=True),
            forced_bos_token_id=tokeniser.get_lang_id(target),
            num_beams=4,
            max_new_tokens=60,
        )
    expected = tokeniser.batch_decode(output, skip_special_tokens=True)
    assert [t.text for t in translate_texts(model, known, source="en", targets=[target])[target]] == expected
