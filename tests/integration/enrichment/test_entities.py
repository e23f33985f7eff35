"""Find entities with the real English model, in real child processes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import syncline
from syncline import text
from syncline.core.alignment import SUCCESS, Word
from syncline.core.enrichment_models import ENTITY_MODELS
from syncline.core.errors import EngineError, InvalidOptionsError, ModelMissingError, SettingsError
from syncline.core.transcript import read_plain_text
from syncline.enrichment import EntityFinder, entities, open_entity_finder, requirements
from syncline.models.installed import locate
from syncline.processes.pool import SandboxedPool, SerialPool

SENTENCE = "Ada Lovelace met Charles Babbage in London on 5 June 1833, and the U.S. paid $3 million."
ENTITIES = [
    ("Ada Lovelace", "PERSON"), ("Charles Babbage", "PERSON"), ("London", "GPE"), ("5 June 1833", "DATE"),
    ("U.S.", "GPE"), ("$3 million", "MONEY"),
]  # fmt: skip


def aligned(transcript: str) -> syncline.Alignment:
    words = tuple(
        Word(SUCCESS, match[0], number / 2, number / 2 + 0.4, match.start(), match.end())
        for number, match in enumerate(re.finditer(r"\S+", transcript))
    )
    sentences = text.split_sentences(read_plain_text(transcript), words, "en")
    info = {"language": "en", "sentences": [sentence.as_dict() for sentence in sentences]}
    return syncline.Alignment(transcript, words, info)


def test_each_entity_has_the_times_of_its_words(models: Path) -> None:
    found = syncline.entities(aligned(SENTENCE), models=models, processes=1)

    assert [(entity.text, entity.label) for entity in found] == ENTITIES
    assert all(SENTENCE[entity.start_offset : entity.end_offset] == entity.text for entity in found)
    document = json.loads(found.to_json())
    assert document["model"] == "entities-en"
    assert document["entities"][2] == {
        "text": "London", "label": "GPE", "start": 3.0, "end": 3.4, "startOffset": 36, "endOffset": 42, "sentence": 0,
    }  # fmt: skip


def test_long_texts_are_read_in_batches(models: Path) -> None:
    many = 3 * entities.BATCH_CHARACTERS // len(SENTENCE)
    alignment = aligned("\n".join([SENTENCE] * many))
    shares: list[float] = []
    with SandboxedPool(2, task_seconds=60) as pool:
        finder = open_entity_finder("en", models, pool)
        found = finder.find(alignment, alignment.sentences, shares.append)

    assert [(entity.text, entity.label) for entity in found] == ENTITIES * many
    assert shares == sorted(shares) and len(shares) >= 3 and shares[-1] == 1.0
    assert [entity.place.sentence for entity in found] == [n for n in range(many) for _ in ENTITIES]


@pytest.mark.parametrize("transcript", ["", "   \n", "…", "🎈" * 3_000, "a" * 50_000, "x\u0000y \u202e z"])
def test_a_strange_text_is_read_too(models: Path, transcript: str) -> None:
    alignment = aligned(transcript)
    finder = open_entity_finder("en", models, SerialPool())
    for entity in finder.find(alignment, alignment.sentences):
        assert transcript[entity.place.start_offset : entity.place.end_offset] == entity.text


def test_without_the_model_the_error_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError) as missing:
        open_entity_finder("en", tmp_path, SerialPool())
    assert f"SYNCLINE_MODELS={tmp_path} syncline models fetch entities-en" in missing.value.hint


def test_without_spacy_the_error_names_the_extra() -> None:
    with pytest.raises(SettingsError) as missing:
        requirements.check_spacy(lambda module: False)
    assert "pip install 'syncline[worker,enrich]'" in missing.value.hint


def test_a_language_without_a_model_is_refused(models: Path) -> None:
    with pytest.raises(InvalidOptionsError) as refusal:
        open_entity_finder("zu", models, SerialPool())
    assert all(language in refusal.value.hint for language in ENTITY_MODELS)


def test_a_model_that_cannot_be_loaded_fails_the_stage(models: Path, tmp_path: Path) -> None:
    damaged = locate("entities-en", models)
    broken = tmp_path / "entities-en"
    broken.mkdir()
    (broken / "config.cfg").write_text("[nlp]\n")
    alignment = aligned(SENTENCE)
    finder = EntityFinder(type(damaged)(damaged.name, damaged.kind, broken, 0, {}), SerialPool())
    with pytest.raises(EngineError, match="Finding entities failed"):
        finder.find(alignment, alignment.sentences)
