"""A job's wishes: what may be asked, from where, and what is refused.

They come from <name>.job.json, then from the recording's S3 metadata, then from the deployment's defaults,
field by field.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from syncline.core import languages
from syncline.core.errors import InvalidOptionsError

MODES = ("align", "transcribe")
ENGINES = ("gentle", "pocketsphinx")
OUTPUTS = ("json", "csv", "srt", "vtt", "textgrid")
SPOKEN_LANGUAGES = ("en",)  # what both engines' acoustic models understand


@dataclass(frozen=True, slots=True)
class Options:
    mode: str = "align"
    language: str = "en"
    translate_to: tuple[str, ...] = ()
    engine: str = "pocketsphinx"
    conservative: bool = False
    disfluency: bool = False
    outputs: tuple[str, ...] = ("json", "srt", "vtt")

    def as_dict(self) -> dict[str, Any]:
        given = ((name, getattr(self, name)) for name in FIELDS)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in given}

    def canonical(self) -> str:
        """The same wishes always give the same text: it goes into the revision."""
        return json.dumps(self.as_dict(), sort_keys=True, separators=(",", ":"))

    @property
    def needs_transcript(self) -> bool:
        return self.mode == "align"


FIELDS = tuple(field.name for field in fields(Options))


def merge(defaults: Options, metadata: Mapping[str, str], document: bytes | None) -> Options:
    """The wishes of one job, field by field; raises InvalidOptionsError naming the field and what is allowed.

    Metadata is not looked at where the document has the field: it is only changed by uploading the recording again,
    so a mistake there must be mendable by a document.
    """
    written = from_document(document) if document is not None else {}
    options = replace(defaults, **from_metadata(metadata, but=written), **written)
    if options.language in options.translate_to:
        raise InvalidOptionsError(
            f"translate_to names “{options.language}”, which is the language spoken.",
            code="same_language",
            hint="Leave it out: captions in the spoken language are made anyway.",
        )
    return options


def from_dict(wishes: Mapping[str, object]) -> dict[str, Any]:
    """-> only the fields that were given, checked and in canonical form."""
    for name in wishes:
        if name not in FIELDS:
            raise _refused("field", str(name), FIELDS)
    return {name: _CHECKS[name](name, value) for name, value in wishes.items()}


def from_document(document: bytes) -> dict[str, Any]:
    try:
        wishes = json.loads(document.decode("utf-8-sig"), object_pairs_hook=each_field_once)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError is a ValueError
        raise InvalidOptionsError(
            f"The options file is not JSON in UTF-8: {error}.", hint='Write an object such as {"translate_to": ["ja"]}.'
        ) from error
    if not isinstance(wishes, dict):
        raise InvalidOptionsError(
            "The options are no JSON object.", hint='Write an object such as {"translate_to": ["ja"]}.'
        )
    return from_dict(wishes)


def each_field_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Of a field that is there twice JSON keeps the last, and nobody would know which one was meant."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        raise InvalidOptionsError(f"The field “{twice[:80]}” is there twice.", hint="Keep one of them.")
    return found


def from_metadata(metadata: Mapping[str, str], *, but: Container[str] = ()) -> dict[str, Any]:
    """S3 user metadata: text only, lists with commas. Other tools' keys are none of our business."""
    wishes: dict[str, object] = {}
    for raw_name, text in metadata.items():
        name = raw_name.lower().replace("-", "_")
        if name in but:
            continue
        if name in _LIST_FIELDS:
            wishes[name] = split_list(text)
        elif name in _FLAG_FIELDS:
            wishes[name] = {"true": True, "false": False}.get(text.strip().lower(), text)
        elif name in FIELDS:
            wishes[name] = text.strip()
    return from_dict(wishes)


def split_list(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _choice(allowed: tuple[str, ...]) -> Callable[[str, object], str]:
    def check(name: str, value: object) -> str:
        if value not in allowed:
            raise _refused(name, str(value), allowed)
        return str(value)

    return check


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise _refused(name, str(value), ("true", "false"))
    return value


def _spoken_language(name: str, value: object) -> str:
    code = languages.resolve(value) if isinstance(value, str) else str(value)
    return _choice(SPOKEN_LANGUAGES)(name, code)


def _translations(name: str, value: object) -> tuple[str, ...]:
    codes = (languages.resolve(code) for code in _texts(name, value))
    return tuple(dict.fromkeys(codes))


def _outputs(name: str, value: object) -> tuple[str, ...]:
    asked = {_choice(OUTPUTS)(name, item) for item in _texts(name, value)} | {"json"}
    return tuple(output for output in OUTPUTS if output in asked)


def _texts(name: str, value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InvalidOptionsError(f"{name} is not a list of texts.", hint=f'Write {name} as ["...", "..."].')
    return value


_CHECKS: dict[str, Callable[[str, object], Any]] = {
    "mode": _choice(MODES),
    "language": _spoken_language,
    "translate_to": _translations,
    "engine": _choice(ENGINES),
    "conservative": _flag,
    "disfluency": _flag,
    "outputs": _outputs,
}
_LIST_FIELDS = ("translate_to", "outputs")
_FLAG_FIELDS = ("conservative", "disfluency")


def _refused(name: str, value: str, allowed: tuple[str, ...]) -> InvalidOptionsError:
    near = difflib.get_close_matches(value, allowed, n=1)
    guess = f" Did you mean “{near[0]}”?" if near else ""
    return InvalidOptionsError(
        f"The {name} “{value[:80]}” is not known.{guess}"
        if name == "field"
        else f"{name} cannot be “{value[:80]}”.{guess}",
        hint=f"Allowed are: {', '.join(allowed)}.",
    )
