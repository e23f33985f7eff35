"""Find the entities of a transcript, with the times of their words, and write entities.json.

spaCy reads the text of uploads in native code, so it runs in the process pool. A batch is a limited number of
characters: memory does not grow with the length of the transcript, and every process has work.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from syncline.core.alignment import Alignment
from syncline.core.enrichment_models import entity_model_of
from syncline.core.errors import EngineError
from syncline.core.progress import Progress
from syncline.core.sentences import Sentence
from syncline.enrichment.places import Place, Places
from syncline.enrichment.recognition import Batch, recognise
from syncline.enrichment.requirements import check_spacy
from syncline.models.catalogue import SPACY
from syncline.models.installed import InstalledModel, locate
from syncline.processes.outcomes import Failure
from syncline.processes.pool import Pool

BATCH_CHARACTERS = 10_000  # about 1,700 words: a tenth of a second of work


@dataclass(frozen=True, slots=True)
class Entity:
    """A name or a quantity in the transcript. `label` is the type as the model calls it: PERSON, GPE, DATE …"""

    text: str
    label: str
    place: Place

    def as_dict(self) -> dict[str, Any]:
        return {"text": self.text, "label": self.label, **self.place.as_dict()}


class EntityFinder:
    def __init__(self, model: InstalledModel, pool: Pool) -> None:
        self.name = model.name
        self.revision = str(model.manifest.get("revision", ""))
        self._path = str(model.path)
        self._pool = pool

    def find(
        self, alignment: Alignment, sentences: Sequence[Sentence], progress: Progress = lambda share: None
    ) -> list[Entity]:
        """In the order of the transcript."""
        places = Places(alignment, sentences)
        found: list[Entity] = []
        for sentence, spans in self._spans(sentences, progress):
            found += [_entity(sentence, *span, places) for span in spans]
        return found

    def _spans(
        self, sentences: Sequence[Sentence], progress: Progress
    ) -> Iterator[tuple[Sentence, list[tuple[int, int, str]]]]:
        groups = list(_groups(sentences))
        batches = [Batch(self._path, tuple(sentence.text for sentence in group)) for group in groups]
        for number, (group, result) in enumerate(zip(groups, self._pool.run(recognise, batches), strict=True), 1):
            if isinstance(result, Failure):
                raise EngineError(f"Finding entities failed: {result.reason}.", code="entities_failed")
            yield from zip(group, result, strict=True)
            progress(number / len(groups))


def _groups(sentences: Iterable[Sentence]) -> Iterator[list[Sentence]]:
    group: list[Sentence] = []
    characters = 0
    for sentence in sentences:
        if group and characters + len(sentence.text) > BATCH_CHARACTERS:
            yield group
            group, characters = [], 0
        group.append(sentence)
        characters += len(sentence.text)
    if group:
        yield group


def _entity(sentence: Sentence, start: int, end: int, label: str, places: Places) -> Entity:
    place = places.locate(sentence.start_offset + start, sentence.start_offset + end)
    return Entity(sentence.text[start:end], label, place)


def to_json(entities: Sequence[Entity], *, model: str) -> str:
    """The text of entities.json. Equal input gives equal bytes."""
    document = {"model": model, "entities": [entity.as_dict() for entity in entities]}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def open_entity_finder(language: str, folder: Path | None, pool: Pool) -> EntityFinder:
    """Raises ModelMissingError with the command that installs the model. The processes load it when they need it."""
    check_spacy()
    return EntityFinder(locate(entity_model_of(language), folder, kind=SPACY), pool)
