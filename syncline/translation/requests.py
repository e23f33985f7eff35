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
        raise _refused("", f"The body is not JSON in UTF-8: {error}.", code="invalid_json", hint=_EXAMPLE) from error
    payload = _get(_expect(document, dict, ""), "payload", dict, "")
    source = _language(payload, "fromLang")
    target = _language(payload, "toLang")
    if source == target:
        raise _refused("payload.toLang", f"fromLang and toLang are both {NAMES[source]}.", code="same_language")
    records = _get(payload, "records", list, "payload")
    if len(records) > limits.records:
        raise _refused(
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
        record = _expect(item, dict, path)
        name = _get(record, "id", str, path)
        if _LONE_SURROGATE.search(name):  # JSON in UTF-8 cannot return it.
            raise _refused(f"{path}.id", "The id contains a lone surrogate, which is not text.", code="not_text")
        if name in ids:
            raise _refused(f"{path}.id", f"records[{ids[name]}] has the same id, “{name}”.", code="duplicate_id")
        ids[name] = number
        text = _get(record, "text", str, path)
        if len(text) > limits.characters:
            raise _refused(
                f"{path}.text",
                f"The text has {len(text):,} characters. A record may have {limits.characters:,}.",
                code="too_long",
            )
        segments.append(Segment(_without_lone_surrogates(text), source, target))
    return ParsedRequest(tuple(ids), tuple(segments))


def _language(payload: Mapping[str, Any], name: str) -> str:
    code = _get(payload, name, str, "payload")
    try:
        return resolve(code)
    except InvalidOptionsError as error:
        raise _refused(f"payload.{name}", error.message, code=error.code, hint=error.hint) from error


def _get(parent: Mapping[str, Any], name: str, kind: type, path: str) -> Any:
    field = f"{path}.{name}" if path else name
    if name not in parent:
        raise _refused(field, f"{field} is missing.", code="missing_field", hint=_EXAMPLE)
    return _expect(parent[name], kind, field)


def _expect(value: object, kind: type, field: str) -> Any:
    if not isinstance(value, kind):
        raise _refused(field, f"{field or 'The body'} must be {_KINDS[kind]}.", code="wrong_type", hint=_EXAMPLE)
    return value


def _without_lone_surrogates(text: str) -> str:
    """Replace lone surrogates, which JSON can escape and the tokeniser cannot encode."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _refused(field: str, message: str, *, code: str, hint: str = "") -> FieldError:
    error = FieldError(message, code=code, hint=hint)
    error.field = field
    return error
