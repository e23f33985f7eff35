"""The results of the stage enrich: how each is made, and from what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from syncline.core import results
from syncline.core.alignment import Alignment
from syncline.core.progress import Progress
from syncline.pipeline import processing, resume

if TYPE_CHECKING:
    from syncline.enrichment import AnswerModel, EntityFinder


class Enrichment(Protocol):
    @property
    def name(self) -> str:
        """Of the result."""
        ...

    def digest(self, alignment: str) -> str:
        """Of everything that the result is made from; `alignment` is the alignment's digest."""
        ...

    def make(self, aligned: Alignment, progress: Progress) -> dict[str, bytes]: ...


@dataclass(frozen=True, slots=True)
class Entities:
    finder: EntityFinder
    language: str
    name: str = results.ENTITIES_NAME

    def digest(self, alignment: str) -> str:
        return resume.entities_digest(
            alignment, language=self.language, model=self.finder.name, model_revision=self.finder.revision
        )

    def make(self, aligned: Alignment, progress: Progress) -> dict[str, bytes]:
        return processing.find_entities(aligned, self.finder, progress)


@dataclass(frozen=True, slots=True)
class Answers:
    model: AnswerModel
    questions: Sequence[str]
    name: str = results.ANSWERS_NAME

    def digest(self, alignment: str) -> str:
        return resume.answers_digest(
            alignment, questions=self.questions, model=self.model.name, model_revision=self.model.revision
        )

    def make(self, aligned: Alignment, progress: Progress) -> dict[str, bytes]:
        return processing.answer_questions(aligned, self.questions, self.model, progress)
