"""JSON from users: a field that occurs twice is refused, because nothing says which value was meant."""

from __future__ import annotations

import json

from syncline.core.errors import InvalidOptionsError


def parse(text: str) -> object:
    """Raises ValueError or RecursionError for text that is not JSON, InvalidOptionsError for a repeated field."""
    return json.loads(text, object_pairs_hook=_each_field_once)


def _each_field_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise InvalidOptionsError(f"The field “{name[:80]}” occurs twice.", hint="Keep one of them.")
        found[name] = value
    return found
