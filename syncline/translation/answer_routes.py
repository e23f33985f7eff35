"""POST /answers on the translation server: questions about texts, in batches of which any record may fail alone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from syncline.core import http_problems
from syncline.core.errors import SynclineError
from syncline.core.http_problems import DeadlineError, QueueFullError
from syncline.translation.answer_requests import AnswerLimits, AskedRecord, Record, RefusedRecord, parse_answers
from syncline.translation.requests import FieldError

SCORE_DIGITS = 3
MAX_WAITING_REQUESTS = 32


@dataclass(frozen=True, slots=True)
class TextAnswer:
    """text[start:end] answers the question; both are None if nothing does."""

    score: float
    start: int | None
    end: int | None


class Answerer(Protocol):
    name: str

    def check(self, question: str) -> None:
        """Raise InvalidInputError if the model cannot read the question."""

    def answer(self, records: Sequence[AskedRecord], progress: Callable[[float], None]) -> list[TextAnswer]:
        """In the order of the records. An exception raised by `progress` stops the work."""
        ...


class _StoppedError(Exception):
    """The deadline has passed, so the answers are not needed any more."""


class AnswerRoute:
    """Answers one request after the other: a request's records fill the model's batches on all cores."""

    def __init__(self, answerer: Answerer, *, deadline_seconds: float, limits: AnswerLimits | None = None) -> None:
        self.limits = limits or AnswerLimits()
        self.name = answerer.name
        self._answerer = answerer
        self._deadline_seconds = deadline_seconds
        self._turn = asyncio.Semaphore(1)
        self._waiting = 0

    async def result(self, body: bytes) -> list[dict[str, Any]]:
        """-> for each record its answer or its error."""
        if self._waiting >= MAX_WAITING_REQUESTS:
            raise QueueFullError(
                f"{self._waiting} requests with questions wait already.", hint="Try again in a few seconds."
            )
        self._waiting += 1
        try:
            async with asyncio.timeout(self._deadline_seconds):
                return await self._in_turn(body)
        except TimeoutError as error:
            raise DeadlineError(
                f"The questions were not answered within {self._deadline_seconds:g} seconds.",
                hint="Send fewer or shorter records at once, or try again when the server is less busy.",
            ) from error
        finally:
            self._waiting -= 1

    async def _in_turn(self, body: bytes) -> list[dict[str, Any]]:
        records = await asyncio.to_thread(parse_answers, body, self.limits, self._answerer.check)
        stopped = threading.Event()
        try:
            async with self._turn:
                return await asyncio.to_thread(self._entries, records, stopped)
        finally:
            stopped.set()

    def _entries(self, records: Sequence[Record], stopped: threading.Event) -> list[dict[str, Any]]:
        def progress(share: float) -> None:
            if stopped.is_set():
                raise _StoppedError

        asked = [record for record in records if isinstance(record, AskedRecord)]
        answers = iter(self._answers(asked, progress))
        return [_refusal(each) if isinstance(each, RefusedRecord) else _entry(each, next(answers)) for each in records]

    def _answers(
        self, records: Sequence[AskedRecord], progress: Callable[[float], None]
    ) -> list[TextAnswer | SynclineError]:
        """All together; if that fails, each by itself, so that only the records at fault have no answer."""
        try:
            return list(self._answerer.answer(records, progress))
        except SynclineError as error:
            if len(records) <= 1:
                return [error for _ in records]
        return [each for record in records for each in self._answers([record], progress)]


def _entry(record: AskedRecord, answer: TextAnswer | SynclineError) -> dict[str, Any]:
    if isinstance(answer, SynclineError):
        return _refusal(RefusedRecord(record.name, answer))
    found = answer.start is not None
    return {
        "id": record.name,
        "answer": record.text[answer.start : answer.end] if found else None,
        "score": round(answer.score, SCORE_DIGITS),
        "startOffset": answer.start,
        "endOffset": answer.end,
    }


def _refusal(record: RefusedRecord) -> dict[str, Any]:
    error = record.error
    field = {"field": error.field} if isinstance(error, FieldError) and error.field else {}
    return {"id": record.name, "error": http_problems.problem(error) | field}
