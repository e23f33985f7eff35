"""Parse requests to POST /answers: {"payload": {"records": [{"id", "text", "question"}]}}.

A record that is wrong gets an error of its own and affects no other record. Only a body that is no list of records at
all is refused as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from syncline.core.errors import SynclineError
from syncline.translation.requests import expect, get, not_text, refused

EXAMPLE = 'Send {"payload": {"records": [{"id": "1", "text": "Ada built the bridge.", "question": "Who built it?"}]}}.'


@dataclass(frozen=True, slots=True)
class AnswerLimits:
    body_bytes: int = 8_000_000
    records: int = 1_000
    characters: int = 100_000  # of one text


@dataclass(frozen=True, slots=True)
class AskedRecord:
    name: str
    text: str
    question: str


@dataclass(frozen=True, slots=True)
class RefusedRecord:
    """`name` is None if the record has no usable id."""

    name: str | None
    error: SynclineError


Record = AskedRecord | RefusedRecord
CheckQuestion = Callable[[str], None]  # raises InvalidInputError


def parse_answers(body: bytes, limits: AnswerLimits, check_question: CheckQuestion) -> list[Record]:
    """In the order of the records."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise refused("", f"The body is not JSON in UTF-8: {error}.", code="invalid_json", hint=EXAMPLE) from error
    payload = get(expect(document, dict, "", EXAMPLE), "payload", dict, "", EXAMPLE)
    records = get(payload, "records", list, "payload", EXAMPLE)
    if len(records) > limits.records:
        raise refused(
            "payload.records",
            f"The request has {len(records):,} records. A request may have {limits.records:,}.",
            code="too_many_records",
        )
    return list(_Parser(limits, check_question).parse(records))


class _Parser:
    def __init__(self, limits: AnswerLimits, check_question: CheckQuestion) -> None:
        self._limits = limits
        self._check_question = check_question
        self._names: dict[str, int] = {}

    def parse(self, records: list[Any]) -> list[Record]:
        return [self._record(record, f"payload.records[{number}]", number) for number, record in enumerate(records)]

    def _record(self, record: object, path: str, number: int) -> Record:
        name: str | None = None
        try:
            fields = expect(record, dict, path, EXAMPLE)
            name = self._name(fields, path, number)
            return AskedRecord(name, self._text(fields, path), self._question(fields, path))
        except SynclineError as error:
            return RefusedRecord(name, error)

    def _name(self, record: Mapping[str, Any], path: str, number: int) -> str:
        name = str(get(record, "id", str, path, EXAMPLE))
        if not_text(name):
            raise refused(f"{path}.id", "The id contains a lone surrogate, which is not text.", code="not_text")
        if name in self._names:
            raise refused(f"{path}.id", f"records[{self._names[name]}] has the same id, “{name}”.", code="duplicate_id")
        self._names[name] = number
        return name

    def _text(self, record: Mapping[str, Any], path: str) -> str:
        text = str(get(record, "text", str, path, EXAMPLE))
        if len(text) > self._limits.characters:
            raise refused(
                f"{path}.text",
                f"The text has {len(text):,} characters. A record may have {self._limits.characters:,}.",
                code="too_long",
            )
        if not_text(text):
            raise refused(f"{path}.text", "The text contains a lone surrogate, which is not text.", code="not_text")
        return text

    def _question(self, record: Mapping[str, Any], path: str) -> str:
        question = str(get(record, "question", str, path, EXAMPLE))
        if not_text(question):
            raise refused(f"{path}.question", "The question contains a lone surrogate.", code="not_text")
        try:
            self._check_question(question)
        except SynclineError as error:
            raise refused(f"{path}.question", error.message, code=error.code, hint=error.hint) from error
        return question
