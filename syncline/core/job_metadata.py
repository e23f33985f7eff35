"""The caller's own strings of a job: at most 20 names with a short text each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from syncline.core.errors import InvalidOptionsError

MAX_ENTRIES = 20
MAX_VALUE_CHARACTERS = 200
NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_HINT = (
    f'Write metadata as {{"course": "101"}}: at most {MAX_ENTRIES} names of letters, digits, “_”, “-” and “.”, each '
    f"with a text of 1 to {MAX_VALUE_CHARACTERS} characters."
)


def check(value: object) -> tuple[tuple[str, str], ...]:
    """-> the entries in order of their names; raises InvalidOptionsError that says what is wrong."""
    if not isinstance(value, Mapping):
        raise InvalidOptionsError("metadata is not an object with texts.", hint=_HINT)
    if len(value) > MAX_ENTRIES:
        raise InvalidOptionsError(f"metadata has {len(value)} entries; at most {MAX_ENTRIES} are accepted.", hint=_HINT)
    return tuple(sorted(_entry(name, text) for name, text in value.items()))


def _entry(name: object, text: object) -> tuple[str, str]:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise InvalidOptionsError(f"metadata cannot have the name “{str(name)[:80]}”.", hint=_HINT)
    if not isinstance(text, str) or not 1 <= len(text) <= MAX_VALUE_CHARACTERS or not _is_writable(text):
        raise InvalidOptionsError(f"metadata.{name} cannot be “{str(text)[:80]}”.", hint=_HINT)
    return name, text


def _is_writable(text: str) -> bool:
    """False for control characters, and for the lone surrogates that JSON can hold."""
    return not any(unicodedata.category(character) in ("Cc", "Cs") for character in text)


def schema() -> dict[str, object]:
    return {
        "type": "object",
        "maxProperties": MAX_ENTRIES,
        "propertyNames": {"pattern": f"^{NAME.pattern}$"},
        "additionalProperties": {"type": "string", "minLength": 1, "maxLength": MAX_VALUE_CHARACTERS},
    }
