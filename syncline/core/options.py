"""The table of job options, and where their values come from.

A job's options come from <name>.job.json, then from the recording's S3 user metadata, then from the deployment's
defaults, field by field. Parsing, checks, help texts, the JSON schema, the revision and the resume digests are derived
from the fields of `Options`: a new option is one field.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Protocol

from syncline.core import formats, job_metadata, languages, lexicon, strict_json
from syncline.core.captions.style import CaptionOptions, caption_options_schema, read_caption_options
from syncline.core.engines import DEFAULT_ENGINE, ENGINES
from syncline.core.enrichment_models import check_answers, entity_model_of
from syncline.core.errors import InvalidOptionsError
from syncline.core.lexicon import Lexicon
from syncline.core.spoken_languages import SPOKEN_LANGUAGES
from syncline.core.suggestions import did_you_mean

MODES = ("align", "transcribe")
MAX_QUESTIONS, MAX_QUESTION_CHARACTERS = 20, 200
# What their acoustic models and pronunciations allow. Other engines know all languages and detect them.
ENGINE_LANGUAGES = {"pocketsphinx": tuple(SPOKEN_LANGUAGES), "gentle": ("en",)}
_RECOGNISED_LANGUAGES = (*sorted(languages.RECOGNISED | SPOKEN_LANGUAGES.keys()), languages.AUTO)


class Kind(Protocol):
    """A type of option: how its values are checked, read from text, and described."""

    def check(self, name: str, value: object) -> Any:
        """-> the value in canonical form; raises InvalidOptionsError that says what is allowed."""

    def from_text(self, text: str) -> object:
        """The value as S3 metadata and command lines give it; it is checked afterwards."""

    def dump(self, value: Any) -> Any:
        """The canonical value as JSON."""

    def schema(self) -> dict[str, Any]:
        """The value's JSON schema."""


class _Plain:
    """Values that JSON holds as they are."""

    def dump(self, value: Any) -> Any:
        return value


class Choice(_Plain):
    def __init__(self, *allowed: str, normalise: Callable[[str], str] = str) -> None:
        self._allowed = allowed
        self._normalise = normalise

    def check(self, name: str, value: object) -> str:
        chosen = self._normalise(value) if isinstance(value, str) else value
        if chosen not in self._allowed:
            raise _not_allowed(name, str(value), self._allowed)
        return str(chosen)

    def from_text(self, text: str) -> object:
        return text.strip()

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self._allowed)}


class Flag(_Plain):
    def check(self, name: str, value: object) -> bool:
        if not isinstance(value, bool):
            raise _not_allowed(name, str(value), ("true", "false"))
        return value

    def from_text(self, text: str) -> object:
        return {"true": True, "false": False}.get(text.strip().lower(), text)

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


class ListOf:
    """Several values, in text with commas between them. `order` brings them into canonical order."""

    def __init__(
        self,
        check_item: Callable[[str, str], str],
        *,
        allowed: tuple[str, ...],
        order: Callable[[list[str]], tuple[str, ...]] = lambda items: tuple(dict.fromkeys(items)),
    ) -> None:
        self._check_item = check_item
        self._allowed = allowed
        self._order = order

    def check(self, name: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise InvalidOptionsError(f"{name} is not a list of strings.", hint=f'Write {name} as ["...", "..."].')
        return self._order([self._check_item(name, item) for item in value])

    def from_text(self, text: str) -> object:
        return split_list(text)

    def dump(self, value: Any) -> Any:
        return list(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string", "enum": list(self._allowed)}}


class _Json:
    """Values that text holds as JSON."""

    def from_text(self, text: str) -> object:
        try:
            return strict_json.parse(text)
        except (ValueError, RecursionError):
            return text


class Captions(_Json):
    def check(self, name: str, value: object) -> CaptionOptions:
        return read_caption_options(value)

    def dump(self, value: Any) -> Any:
        return value.as_dict()

    def schema(self) -> dict[str, Any]:
        return caption_options_schema()


class Metadata(_Json):
    def check(self, name: str, value: object) -> Any:
        return job_metadata.check(value)

    def dump(self, value: Any) -> Any:
        return dict(value)

    def schema(self) -> dict[str, Any]:
        return job_metadata.schema()


class LexiconKind(_Json):
    def check(self, name: str, value: object) -> Lexicon:
        return lexicon.check(value)

    def dump(self, value: Any) -> Any:
        return {word: list(pronunciations) for word, pronunciations in value}

    def schema(self) -> dict[str, Any]:
        return lexicon.schema()


class Questions(_Json):
    """In text, one question or a JSON list of them: questions contain commas."""

    def check(self, name: str, value: object) -> tuple[str, ...]:
        asked = [value] if isinstance(value, str) else value
        if not isinstance(asked, list) or not all(isinstance(item, str) for item in asked):
            raise InvalidOptionsError(f"{name} is not a list of sentences.", hint=f'Write {name} as ["Who …?", "…"].')
        questions = tuple(dict.fromkeys(" ".join(item.split()) for item in asked))
        if len(questions) > MAX_QUESTIONS:
            raise InvalidOptionsError(f"{name} has {len(questions)} sentences. A job may have {MAX_QUESTIONS}.")
        for question in questions:
            if not question or len(question) > MAX_QUESTION_CHARACTERS or not question.isprintable():
                raise InvalidOptionsError(
                    f"{name} cannot have “{question[:80]}”.",
                    hint=f"A question is one sentence of at most {MAX_QUESTION_CHARACTERS} characters.",
                )
        return questions

    def dump(self, value: Any) -> Any:
        return list(value)

    def schema(self) -> dict[str, Any]:
        question = {"type": "string", "minLength": 1, "maxLength": MAX_QUESTION_CHARACTERS}
        return {"type": "array", "maxItems": MAX_QUESTIONS, "items": question}


def split_list(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _option(kind: Kind, default: Any, help: str, *, changes_alignment: bool) -> Any:
    return field(default=default, metadata={"kind": kind, "help": help, "changes_alignment": changes_alignment})


def _with_json_first(names: list[str]) -> tuple[str, ...]:
    return tuple(name for name in formats.NAMES if name in {*names, "json"})


def _spoken_language(code: str) -> str:
    return code if code == languages.AUTO else languages.resolve_spoken(code)


_TARGET_LANGUAGES = ListOf(lambda name, code: languages.resolve(code), allowed=tuple(sorted(languages.CODES)))
_OUTPUTS = ListOf(Choice(*formats.NAMES).check, allowed=formats.NAMES, order=_with_json_first)


@dataclass(frozen=True, slots=True)
class Options:
    mode: str = _option(
        Choice(*MODES), "align",
        "align: find each word of the transcript. transcribe: there is no transcript, write down what is spoken.",
        changes_alignment=True,
    )  # fmt: skip
    language: str = _option(
        Choice(*_RECOGNISED_LANGUAGES, normalise=_spoken_language), "en",
        "The spoken language; auto detects it. The engine whisper knows all of them, if its model is one for several "
        f"languages. The other engines detect none, and know {', '.join(SPOKEN_LANGUAGES)}.",
        changes_alignment=True,
    )  # fmt: skip
    translate_to: tuple[str, ...] = _option(
        _TARGET_LANGUAGES, (), "Languages to translate into.", changes_alignment=False
    )
    engine: str = _option(Choice(*ENGINES), DEFAULT_ENGINE, "The speech engine.", changes_alignment=True)
    conservative: bool = _option(
        Flag(), False, "Align only words that are certain, as in Gentle.", changes_alignment=True
    )
    disfluency: bool = _option(
        Flag(), False, "Also report words that were spoken but are not in the transcript, as in Gentle.",
        changes_alignment=True,
    )  # fmt: skip
    outputs: tuple[str, ...] = _option(
        _OUTPUTS, ("json", "srt", "vtt"), "Output formats; json is always written.", changes_alignment=False
    )
    captions: CaptionOptions = _option(
        Captions(),
        CaptionOptions(),
        "The rules that captions follow: a profile and overrides.",
        changes_alignment=False,
    )
    entities: bool = _option(
        Flag(), False, "Find names, places, dates and amounts, with their times.", changes_alignment=False
    )
    questions: tuple[str, ...] = _option(
        Questions(), (), "Up to 20 questions in English that the transcript may answer.", changes_alignment=False
    )
    metadata: tuple[tuple[str, str], ...] = _option(
        Metadata(), (), "Up to 20 short texts of your own, by which jobs can be found.", changes_alignment=False
    )
    storyboard: bool = _option(
        Flag(), False, "For videos: a small frame for each sentence, for previews in players.", changes_alignment=False
    )

    lexicon: Lexicon = _option(
        LexiconKind(), (), "Pronunciations of names and terms, in ARPAbet, in IPA between slashes, or respelled.",
        changes_alignment=True,
    )  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        return as_document({name: getattr(self, name) for name in FIELDS})

    def as_record(self) -> dict[str, Any]:
        """The options as a job record keeps them; `from_record` reads them back.

        A field that joined after version 0.1 is left out at its default. So a new option leaves the revisions of
        existing jobs as they are, and a worker of an older version can run every job that does not use it.
        """
        return {
            name: value
            for name, value in self.as_dict().items()
            if name in _IN_EVERY_RECORD or getattr(self, name) != getattr(_DEFAULTS, name)
        }

    def canonical(self) -> str:
        """The same options always give the same text: it is part of the revision."""
        return json.dumps(self.as_record(), sort_keys=True, separators=(",", ":"))

    def alignment_part(self) -> dict[str, Any]:
        """The options that change the alignment itself, rather than what is made from it."""
        return {name: value for name, value in self.as_record().items() if _METADATA[name]["changes_alignment"]}

    @property
    def needs_transcript(self) -> bool:
        return self.mode == "align"


FIELDS = tuple(item.name for item in fields(Options))
HELP: Mapping[str, str] = {item.name: item.metadata["help"] for item in fields(Options)}
_METADATA = {item.name: item.metadata for item in fields(Options)}
_KINDS: dict[str, Kind] = {name: metadata["kind"] for name, metadata in _METADATA.items()}
_DEFAULTS = Options()
_IN_EVERY_RECORD = frozenset({"mode", "language", "translate_to", "engine", "conservative", "disfluency", "outputs"})


def schema() -> dict[str, Any]:
    """The JSON schema of an options file."""
    properties = {name: {**_KINDS[name].schema(), "description": HELP[name]} for name in FIELDS}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def merge(defaults: Options, metadata: Mapping[str, str], document: bytes | None) -> Options:
    """The options of one job, field by field; raises InvalidOptionsError that names the field and what is allowed.

    Metadata is ignored where the document has the field. A user can change metadata only by uploading the recording
    again, so an options file must be able to correct a mistake in it.
    """
    from_file = from_document(document) if document is not None else {}
    options = replace(defaults, **from_metadata(metadata, ignore=from_file), **from_file)
    if options.language in options.translate_to:
        raise InvalidOptionsError(
            f"translate_to names “{options.language}”, which is the spoken language.",
            code="same_language",
            hint="Leave it out: captions in the spoken language are written anyway.",
        )
    if options.entities and options.language != languages.AUTO:
        entity_model_of(options.language)
    if options.questions and options.language != languages.AUTO:
        check_answers(options.language)
    return check_language(options)


def check_language(options: Options) -> Options:
    """Raises InvalidOptionsError if the engine does not know the language, or if nothing translates from it."""
    known = ENGINE_LANGUAGES.get(options.engine)
    if known is not None and options.language not in known:
        detect = options.language == languages.AUTO
        problem = "cannot detect the language" if detect else f"does not know the language “{options.language}”"
        raise InvalidOptionsError(
            f"The engine {options.engine} {problem}.",
            code="engine_language",
            hint=f"Name one of {', '.join(known)}, or the engine whisper with a model for several languages, such as "
            "whisper-base.",
        )
    if options.translate_to and options.language in languages.ONLY_RECOGNISED:
        raise InvalidOptionsError(
            f"Nothing translates from {languages.ONLY_RECOGNISED[options.language]} ({options.language}).",
            code="unknown_language",
            hint="Leave translate_to out.",
        )
    return options


def from_dict(values: Mapping[str, object]) -> dict[str, Any]:
    """-> only the fields that were given, checked and in canonical form."""
    for name in values:
        if name not in FIELDS:
            raise InvalidOptionsError(
                f"The field “{str(name)[:80]}” is not known.{did_you_mean(str(name), FIELDS)}",
                hint=f"Allowed are: {', '.join(FIELDS)}.",
            )
    return {name: _KINDS[name].check(name, value) for name, value in values.items()}


def from_record(values: Mapping[str, object]) -> Options:
    """The options of a job record, with the defaults for fields that the record's version did not know."""
    return Options(**from_dict(values))


def from_document(document: bytes) -> dict[str, Any]:
    hint = 'Write an object such as {"translate_to": ["ja"]}.'
    try:
        values = strict_json.parse(document.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError is a ValueError
        raise InvalidOptionsError(f"The options file is not JSON in UTF-8: {error}.", hint=hint) from error
    if not isinstance(values, dict):
        raise InvalidOptionsError("The options are not a JSON object.", hint=hint)
    return from_dict(values)


def from_metadata(metadata: Mapping[str, str], *, ignore: Container[str] = ()) -> dict[str, Any]:
    """S3 user metadata holds text only. Keys that are no options belong to other tools."""
    named = ((key.lower().replace("-", "_"), text) for key, text in metadata.items())
    given = {name: text for name, text in named if name in FIELDS and name not in ignore}
    return from_dict({name: _KINDS[name].from_text(text) for name, text in given.items()})


def as_document(values: Mapping[str, Any]) -> dict[str, Any]:
    """Checked options as an options file has them; `from_document` reads them back."""
    return {name: _KINDS[name].dump(value) for name, value in values.items()}


def as_metadata(values: Mapping[str, Any]) -> dict[str, str]:
    """Checked options as S3 user metadata; `from_metadata` reads them back."""
    return {name.replace("_", "-"): _as_text(_KINDS[name], value) for name, value in as_document(values).items()}


def _as_text(kind: Kind, value: Any) -> str:
    if isinstance(kind, _Json):
        return json.dumps(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(value) if isinstance(value, list) else str(value)


def _not_allowed(name: str, value: str, allowed: tuple[str, ...]) -> InvalidOptionsError:
    return InvalidOptionsError(
        f"{name} cannot be “{value[:80]}”.{did_you_mean(value, allowed)}", hint=f"Allowed are: {', '.join(allowed)}."
    )
