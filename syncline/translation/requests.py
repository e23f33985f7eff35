"""Parse requests to the translation server: {"payload": {"fromLang", "toLang", "records": [{"id", "text"}]}}.

Every error names the field by its path: payload.records[3].text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from syncline.core.errors import InvalidInputError, InvalidOptionsError
from syncline.core.languages import NAMES, resolve
from syncline.translation.translate import Segment

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_EXAMPLE = 'Send {"payload": {"fromLang": "en", "toLang": "ja", "records": [{"id": "1", "text": "Hello."}]}}.'
_KINDS: dict[type, str] = {str: "a string", list: "a list", dict: "an object"}


class FieldError(InvalidInputError):
    """`field` is the path of the wrong field, empty for the document as a whole."""

    default_code = "invalid_field"
    field = ""


@dataclass(frozen=True, slots=True)
class Limits:
    body_bytes: int = 1_000_000
    records: int = 256
    characters: int = 5_000  # of one record


@dataclass(frozen=True, slots=True)
class ParsedRequest:
    ids: tuple[str, ...]
    segments: tuple[Segment, ...]


def parse(body: bytes, limits: Limits) -> ParsedRequest:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise refused("", f"The body is not JSON in UTF-8: {error}.", code="invalid_json", hint=_EXAMPLE) from error
    payload = get(expect(document, dict, ""), "payload", dict, "")
    source = _language(payload, "fromLang")
    target = _language(payload, "toLang")
    if source == target:
        raise refused("payload.toLang", f"fromLang and toLang are both {NAMES[source]}.", code="same_language")
    records = get(payload, "records", list, "payload")
    if len(records) > limits.records:
        raise refused(
            "payload.records",
            f"The request has {len(records):,} records. A request may have {limits.records:,}.",
            code="too_many_records",
        )
    return _parse_records(records, source, target, limits)


def _parse_records(records: list[Any], source: str, target: str, limits: Limits) -> ParsedRequest:
    ids: dict[str, int] = {}
    segments = []
    for number, item in enumerate(records):
        path = f"payload.records[{number}]"
        record = expect(item, dict, path)
        name = get(record, "id", str, path)
        if not_text(name):  # JSON in UTF-8 cannot return it.
            raise refused(f"{path}.id", "The id contains a lone surrogate, which is not text.", code="not_text")
        if name in ids:
            raise refused(f"{path}.id", f"records[{ids[name]}] has the same id, “{name}”.", code="duplicate_id")
        ids[name] = number
        text = get(record, "text", str, path)
        if len(text) > limits.characters:
            raise refused(
                f"{path}.text",
                f"The text has {len(text):,} characters. A record may have {limits.characters:,}.",
                code="too_long",
            )
        segments.append(Segment(_without_lone_surrogates(text), source, target))
    return ParsedRequest(tuple(ids), tuple(segments))


def _language(payload: Mapping[str, Any], name: str) -> str:
    code = get(payload, name, str, "payload")
    try:
        return resolve(code)
    except InvalidOptionsError as error:
        raise refused(f"payload.{name}", error.message, code=error.code, hint=error.hint) from error


def get(parent: Mapping[str, Any], name: str, kind: type, path: str, example: str = _EXAMPLE) -> Any:
    """The field of this name, which must be of this kind; raises FieldError with the example as its hint."""
    field = f"{path}.{name}" if path else name
    if name not in parent:
        raise refused(field, f"{field} is missing.", code="missing_field", hint=example)
    return expect(parent[name], kind, field, example)


def expect(value: object, kind: type, field: str, example: str = _EXAMPLE) -> Any:
    if not isinstance(value, kind):
        raise refused(field, f"{field or 'The body'} must be {_KINDS[kind]}.", code="wrong_type", hint=example)
    return value


def not_text(value: str) -> bool:
    """Whether it contains a lone surrogate, which JSON can escape and UTF-8 cannot hold."""
    return _LONE_SURROGATE.search(value) is not None


def _without_lone_surrogates(text: str) -> str:
    """Replace lone surrogates, which JSON can escape and the tokeniser cannot encode."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def refused(field: str, message: str, *, code: str, hint: str = "") -> FieldError:
    error = FieldError(message, code=code, hint=hint)
    error.field = field
    return error
