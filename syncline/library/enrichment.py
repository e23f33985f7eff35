"""Find what an alignment says: its entities, and its answers to questions."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, overload

from syncline.aws import settings
from syncline.core.enrichment_models import check_answers
from syncline.core.errors import InvalidOptionsError
from syncline.core.progress import StageProgress
from syncline.library.alignment import Alignment

if TYPE_CHECKING:
    from syncline import enrichment
    from syncline.processes.pool import Pool


@dataclass(frozen=True, slots=True)
class Entity:
    """A name, place, date or amount in the transcript. Its times are None if none of its words was heard.

    `label` is the type as the model names it: PERSON, GPE, ORG, DATE … `sentence` is the id of its sentence.
    """

    text: str
    label: str
    start: float | None
    end: float | None
    start_offset: int
    end_offset: int
    sentence: int
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class Entities:
    """The entities of an alignment, in the order of its transcript."""

    model: str
    found: tuple[Entity, ...]
    _json: str

    def __iter__(self) -> Iterator[Entity]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)

    def to_json(self) -> str:
        """The content of entities.json."""
        return self._json

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write entities.json."""
        target = Path(path)
        if target.suffix.lower() != ".json":
            raise InvalidOptionsError("Entities are written as .json.", code="unknown_output")
        target.write_text(self._json, encoding="utf-8")


def entities(
    alignment: Alignment,
    *,
    models: Path | None = None,
    processes: int | None = None,
    progress: StageProgress | None = None,
) -> Entities:
    """Find names, places, dates and amounts in the transcript, with the times at which they are spoken.

    Needs the extra `enrich` and a model: `syncline models fetch entities-en`. The folder `models` is that of the
    settings by default.
    """
    with _pool(processes) as pool:
        return find_entities(alignment, open_entity_finder(alignment.language, pool, models), progress)


def open_entity_finder(language: str, pool: Pool, models: Path | None = None) -> enrichment.EntityFinder:
    from syncline.enrichment import open_entity_finder

    return open_entity_finder(language, models or settings.read(os.environ).models, pool)


def find_entities(
    alignment: Alignment, finder: enrichment.EntityFinder, progress: StageProgress | None = None
) -> Entities:
    from syncline.enrichment import to_json

    report = progress or (lambda stage, share: None)
    found = finder.find(alignment, alignment.sentences, lambda share: report("enrich", share))
    return Entities(finder.name, tuple(map(_public, found)), to_json(found, model=finder.name))


def _public(entity: enrichment.Entity) -> Entity:
    place = entity.place
    return Entity(
        entity.text, entity.label, place.start, place.end, place.start_offset, place.end_offset, place.sentence,
        place.speaker,
    )  # fmt: skip


@contextmanager
def _pool(processes: int | None) -> Iterator[Pool]:
    from syncline.pipeline.engines import MAX_WINDOW_SECONDS
    from syncline.processes.cores import usable_cores
    from syncline.processes.pool import SandboxedPool

    with SandboxedPool(processes or usable_cores(), task_seconds=MAX_WINDOW_SECONDS) as pool:
        yield pool


@dataclass(frozen=True, slots=True)
class Answer:
    """Words of the transcript that answer a question, with their times.

    Without an answer, all fields but `question` and `score` are None. `score` is 0..1, and at least 0.5 where there is
    an answer.
    """

    question: str
    score: float
    text: str | None = None
    start: float | None = None
    end: float | None = None
    start_offset: int | None = None
    end_offset: int | None = None
    sentence: int | None = None
    speaker: str | None = None


@overload
def ask(alignment: Alignment, question: str, *, model: str | None = None, models: Path | None = None) -> Answer: ...
@overload
def ask(
    alignment: Alignment, question: list[str] | tuple[str, ...], *, model: str | None = None, models: Path | None = None
) -> list[Answer]: ...
def ask(
    alignment: Alignment,
    question: str | list[str] | tuple[str, ...],
    *,
    model: str | None = None,
    models: Path | None = None,
) -> Answer | list[Answer]:
    """Answer a question, or several, with words of the transcript. Nothing is generated: no answer is an answer too.

    Needs the extra `enrich` and a model: `syncline models fetch answers-en`. `model` and the folder `models` are those
    of the settings by default. The model stays loaded for the next call.
    """
    opened = open_answer_model(alignment.language, model, models)
    asked = [question] if isinstance(question, str) else question
    found = [_public_answer(each) for each in answer_questions(alignment, asked, opened)]
    return found[0] if isinstance(question, str) else found


def open_answer_model(language: str, name: str | None = None, models: Path | None = None) -> enrichment.AnswerModel:
    from syncline.enrichment import open_answer_model

    check_answers(language)
    chosen = settings.read(os.environ)
    return open_answer_model(name or chosen.answer_model, models or chosen.models)


def answer_questions(
    alignment: Alignment,
    questions: Sequence[str],
    model: enrichment.AnswerModel,
    progress: StageProgress | None = None,
) -> list[enrichment.Answer]:
    from syncline.enrichment import answer_questions

    report = progress or (lambda stage, share: None)
    return answer_questions(model, alignment, alignment.sentences, questions, lambda share: report("enrich", share))


def _public_answer(answer: enrichment.Answer) -> Answer:
    place = answer.place
    if place is None:
        return Answer(answer.question, answer.score)
    return Answer(
        answer.question, answer.score, answer.text, place.start, place.end, place.start_offset, place.end_offset,
        place.sentence, place.speaker,
    )  # fmt: skip
