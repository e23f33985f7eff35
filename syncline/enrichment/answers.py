"""Answer questions about a transcript, with the times of the answers, and write answers.json."""

from __future__ import annotations

import bisect
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from syncline.core.alignment import Alignment
from syncline.core.progress import Progress
from syncline.core.sentences import Sentence
from syncline.enrichment.answer_model import AnswerModel, Found
from syncline.enrichment.places import Place, Places

SCORE_DIGITS = 3
_BLANK = re.compile(r"\s")  # each becomes one space, so that offsets stay
NOWHERE = {"start": None, "end": None, "startOffset": None, "endOffset": None}


@dataclass(frozen=True, slots=True)
class Answer:
    """Words of the transcript that answer a question. Without an answer, `text` and `place` are None.

    `score` is 0..1, and at least 0.5 where there is an answer.
    """

    question: str
    score: float
    text: str | None = None
    place: Place | None = None

    def as_dict(self) -> dict[str, Any]:
        place = self.place.as_dict() if self.place else NOWHERE
        return {"question": self.question, "answer": self.text, "score": round(self.score, SCORE_DIGITS), **place}


def answer_questions(
    model: AnswerModel,
    alignment: Alignment,
    sentences: Sequence[Sentence],
    questions: Sequence[str],
    progress: Progress = lambda share: None,
) -> list[Answer]:
    """In the order of the questions."""
    context = _Context(sentences)
    places = Places(alignment, sentences)
    found = model.answer(context.text, questions, progress)
    return [
        _answer(question, each, context, places, alignment) for question, each in zip(questions, found, strict=True)
    ]


class _Context:
    """The sentences in one line, as the models have learned to read: without speaker labels and line breaks."""

    def __init__(self, sentences: Sequence[Sentence]) -> None:
        self.text = " ".join(_BLANK.sub(" ", sentence.text) for sentence in sentences)
        self._sentences = sentences
        lengths = [sentence.end_offset - sentence.start_offset + 1 for sentence in sentences]
        self._starts = list(accumulate(lengths, initial=0))

    def offset(self, place: int) -> int:
        """In the transcript, of a place in the text."""
        index = bisect.bisect_right(self._starts, place, hi=len(self._sentences)) - 1
        return self._sentences[index].start_offset + place - self._starts[index]


def _answer(question: str, found: Found, context: _Context, places: Places, alignment: Alignment) -> Answer:
    if found.start is None or found.end is None:
        return Answer(question, found.score)
    start, end = context.offset(found.start), context.offset(found.end - 1) + 1
    return Answer(question, found.score, alignment.transcript[start:end], places.locate(start, end))


def to_json(answers: Sequence[Answer], *, model: str) -> str:
    """The text of answers.json. Equal input gives equal bytes."""
    document = {"model": model, "answers": [answer.as_dict() for answer in answers]}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
