import re

import pytest

from syncline.core.enrichment_models import ENTITY_MODELS
from syncline.core.errors import InvalidOptionsError
from syncline.models.catalogue import ANSWERS, CATALOGUE, M2M100, SPACY, WHISPER, checkpoint_named

# Files whose sha256 is not publicly recorded. They hold no code, and must match the hub's digest.
UNPINNED = {
    "m2m100-1.2b": {"config.json", "generation_config.json", "tokenizer_config.json"},
    "whisper-base.en": {"config.json", "vocabulary.txt"},
    "whisper-small": {"config.json", "vocabulary.txt"},
    "whisper-large-v3-turbo": {"config.json", "vocabulary.json"},
}
WEIGHTS = {M2M100: {"pytorch_model.bin"}, WHISPER: {"model.bin"}, SPACY: set(), ANSWERS: {"model.safetensors"}}


@pytest.mark.parametrize("checkpoint", CATALOGUE.values(), ids=list(CATALOGUE))
def test_every_file_of_the_catalogue_is_pinned(checkpoint):
    pinned = {name for name, sha256 in checkpoint.files.items() if re.fullmatch("[0-9a-f]{64}", sha256)}
    assert checkpoint.files.keys() - pinned == UNPINNED.get(checkpoint.name, set())
    assert re.fullmatch(r"\w+-3\.8\.\d" if checkpoint.kind == SPACY else "[0-9a-f]{40}", checkpoint.revision)


def test_the_catalogue_names_one_file_of_weights():
    for checkpoint in CATALOGUE.values():
        assert {name for name in checkpoint.files if name.endswith((".bin", ".safetensors"))} == WEIGHTS[
            checkpoint.kind
        ]


@pytest.mark.parametrize(
    "name", ["m2m100", "m2m100-418M", "facebook/m2m100_418M", "facebook/m2m100_418M@main", "../x@" + "0" * 40]
)
def test_an_unknown_or_unpinned_name_is_refused(name):
    with pytest.raises(InvalidOptionsError) as refusal:
        checkpoint_named(name)
    assert "Choose m2m100-418m, m2m100-1.2b, whisper-tiny.en" in refusal.value.hint


def test_every_language_of_the_entity_models_names_a_wheel_of_the_catalogue():
    assert {CATALOGUE[name].kind for name in ENTITY_MODELS.values()} == {SPACY}
    for language, name in ENTITY_MODELS.items():
        assert CATALOGUE[name].revision.startswith(f"{language}_core_")
