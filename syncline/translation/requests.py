"""What the translation server accepts: {"payload": {"fromLang", "toLang", "records": [{"id", "text"}]}}.

Every refusal names the field, as a path that a client's programmer can find: payload.records[3].text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from syncline.core.errors import InvalidInputError, InvalidOptionsError
from syncline.core.languages import NAMES, resolve
from syncline.translation.translate import Wish

_HALF_A_CHARACTER = re.compile("[\ud800-\udfff]")
_EXAMPLE = 'Send {"payload": {"fromLang": "en", "toLang": "ja", "records": [{"id": "1", "text": "Hello."}]}}.'
_KINDS: dict[type, str] = {str: "a string", list: "a list", dict: "an object"}


class FieldError(InvalidInputError):
    """`field` is the path to what is wrong; empty for the document as a whole."""

    default_code = "invalid_field"
    field = ""


@dataclass(frozen=True, slots=True)
class Limits:
    body_bytes: int = 1_000_000
    records: int = 256
    characters: int = 5_000  # of one record


@dataclass(frozen=True, slots=True)
class Asked:
    ids: tuple[str, ...]
    wishes: tuple[Wish, ...]


def parse(body: bytes, limits: Limits) -> Asked:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _refused("", f"The body is not JSON in UTF-8: {error}.", code="invalid_json", hint=_EXAMPLE) from error
    payload = _get(_expect(document, dict, ""), "payload", dict, "")
    source = _language(payload, "fromLang")
    target = _language(payload, "toLang")
    if source == target:
        raise _refused("payload.toLang", f"The records are in {NAMES[source]} already.", code="same_language")
    records = _get(payload, "records", list, "payload")
    if len(records) > limits.records:
        raise _refused(
            "payload.records",
            f"There are {len(records):,} records; one request may hold {limits.records:,}.",
            code="too_many_records",
        )
    return _asked(records, source, target, limits)


def _asked(records: list[Any], source: str, target: str, limits: Limits) -> Asked:
    ids: dict[str, int] = {}
    wishes = []
    for number, item in enumerate(records):
        path = f"payload.records[{number}]"
        record = _expect(item, dict, path)
        name = _get(record, "id", str, path)
        if _HALF_A_CHARACTER.search(name):  # it could not be handed back
            raise _refused(f"{path}.id", "It holds half of a surrogate pair, which is no text.", code="not_text")
        if name in ids:
            raise _refused(f"{path}.id", f"“{name}” is the id of records[{ids[name]}] too.", code="duplicate_id")
        ids[name] = number
        text = _get(record, "text", str, path)
        if len(text) > limits.characters:
            raise _refused(
                f"{path}.text",
                f"It has {len(text):,} characters; a record may have {limits.characters:,}.",
                code="too_long",
            )
        wishes.append(Wish(_without_lone_surrogates(text), source, target))
    return Asked(tuple(ids), tuple(wishes))


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
    """JSON can smuggle in half a character, which is no text and which the tokeniser cannot take."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _refused(field: str, message: str, *, code: str, hint: str = "") -> FieldError:
    error = FieldError(message, code=code, hint=hint)
    error.field = field
    return error
