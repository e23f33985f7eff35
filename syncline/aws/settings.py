"""What a process is told by its environment: one frozen object, read once, every mistake named.

AWS's own variables (AWS_REGION, AWS_ENDPOINT_URL, credentials) mean what they always mean and are read by boto3.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from syncline.core import languages
from syncline.core.engines import ENGINES
from syncline.core.errors import InvalidOptionsError, SettingsError
from syncline.core.options import Options, split_list

PREFIX = "SYNCLINE_"


def _text(value: str) -> str:
    return value


def _url(value: str) -> str:
    if urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).netloc:
        raise ValueError("an http(s) address, such as https://sqs.eu-west-1.amazonaws.com/123456789012/syncline-live")
    return value


def _path(value: str) -> Path:
    return Path(value)


def _whole(value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise ValueError("a whole number above zero")
    return int(value)


def _engine(value: str) -> str:
    if value not in ENGINES:
        raise ValueError(f"one of {', '.join(ENGINES)}")
    return value


def _languages(value: str) -> tuple[str, ...]:
    try:
        return tuple(languages.resolve(code) for code in split_list(value))
    except InvalidOptionsError as error:
        raise ValueError(f"language codes with commas between them ({error.message})") from error


def _setting(reader: Callable[[str], Any], default: Any) -> Any:
    return field(default=default, metadata={"reader": reader})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Field `max_audio_seconds` is read from SYNCLINE_MAX_AUDIO_SECONDS, and so on."""

    # where things are
    bucket: str | None = _setting(_text, None)
    table: str | None = _setting(_text, None)
    ingest_queue: str | None = _setting(_url, None)
    live_queue: str | None = _setting(_url, None)
    bulk_queue: str | None = _setting(_url, None)
    ingest_dead_letters: str | None = _setting(_url, None)
    live_dead_letters: str | None = _setting(_url, None)
    bulk_dead_letters: str | None = _setting(_url, None)
    status_url: str | None = _setting(_url, None)
    # how to work
    engine: str = _setting(_engine, "pocketsphinx")
    translate_to: tuple[str, ...] = _setting(_languages, ())
    models: Path | None = _setting(_path, None)
    translation_model: str = _setting(_text, "m2m100-418m")
    gentle_home: Path | None = _setting(_path, None)
    slots: int | None = _setting(_whole, None)
    processes: int | None = _setting(_whole, None)
    # limits
    max_audio_seconds: int = _setting(_whole, 12 * 3600)
    max_recording_bytes: int = _setting(_whole, 5 * 1024**3)
    max_transcript_words: int = _setting(_whole, 200_000)
    job_seconds: int = _setting(_whole, 1800)
    job_seconds_per_audio_second: int = _setting(_whole, 4)
    # clocks
    lease_seconds: int = _setting(_whole, 90)
    stop_seconds: int = _setting(_whole, 110)
    # what it costs
    prices: Path | None = _setting(_path, None)
    # who may ask
    token: str | None = _setting(_text, None)
    token_secret: str | None = _setting(_text, None)
    # who is told
    event_bus: str | None = _setting(_text, None)

    @property
    def default_options(self) -> Options:
        return Options(engine=self.engine, translate_to=self.translate_to)

    def need(self, name: str) -> Any:
        """The value of a setting that this process cannot do without."""
        value = getattr(self, name)
        if value is None:
            raise SettingsError(
                f"{variable(name)} is not set.",
                hint="Set it as `terraform output -json environment` or `syncline local` print it.",
            )
        return value


def variable(name: str) -> str:
    return PREFIX + name.upper()


NAMES = tuple(field.name for field in fields(Settings))
VARIABLES = tuple(variable(name) for name in NAMES)


def read(environment: Mapping[str, str]) -> Settings:
    """Refuses what it does not know: a misspelt setting would otherwise be a silent default."""
    for key in environment:
        if key.startswith(PREFIX) and key not in VARIABLES:
            near = difflib.get_close_matches(key, VARIABLES, n=1)
            guess = f" Did you mean {near[0]}?" if near else ""
            raise SettingsError(f"{key} is not a setting.{guess}", hint=f"Settings are: {', '.join(VARIABLES)}.")
    given = {}
    for item in fields(Settings):
        text = environment.get(variable(item.name), "").strip()
        if text:
            given[item.name] = _read_one(item.name, text, item.metadata["reader"])
    return Settings(**given)


def as_environment(settings: Settings) -> dict[str, str]:
    """The variables that make another process read the same settings; defaults are left out."""
    plain = Settings()
    return {
        variable(name): ",".join(value) if isinstance(value, tuple) else str(value)
        for name in NAMES
        if (value := getattr(settings, name)) is not None and value != getattr(plain, name)
    }


def _read_one(name: str, text: str, reader: Callable[[str], Any]) -> Any:
    try:
        return reader(text)
    except ValueError as error:
        shown = "(hidden)" if name == "token" else f"“{text}”"
        raise SettingsError(f"{variable(name)} is {shown}, but should be {error}.") from error
