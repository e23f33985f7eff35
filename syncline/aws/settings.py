"""Read the settings of a process from its environment: one frozen object, read once.

AWS's own variables (AWS_REGION, AWS_ENDPOINT_URL, credentials) have their usual meaning; boto3 reads them.
docs/settings.md is generated from the fields of `Settings`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from syncline.core import languages
from syncline.core.engines import ENGINES
from syncline.core.errors import InvalidOptionsError, SettingsError
from syncline.core.models_folder import default_models_folder
from syncline.core.options import Options, split_list
from syncline.core.spoken_languages import G2P2, G2P_TOOLS
from syncline.core.suggestions import did_you_mean

PREFIX = "SYNCLINE_"
MASK = "(hidden)"
MIN_TOKEN_CHARACTERS = 16
MAX_STATE_SHARDS = 100  # a list reads every one of them


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


def _shards(value: str) -> int:
    if not value.isdecimal() or not 1 <= int(value) <= MAX_STATE_SHARDS:
        raise ValueError(f"a whole number from 1 to {MAX_STATE_SHARDS}")
    return int(value)


def _engine(value: str) -> str:
    if value not in ENGINES:
        raise ValueError(f"one of {', '.join(ENGINES)}")
    return value


def _g2p(value: str) -> str:
    if value not in G2P_TOOLS:
        raise ValueError(f"one of {', '.join(G2P_TOOLS)}")
    return value


def _languages(value: str) -> tuple[str, ...]:
    try:
        return tuple(languages.resolve(code) for code in split_list(value))
    except InvalidOptionsError as error:
        raise ValueError(f"language codes with commas between them ({error.message})") from error


def _token(value: str) -> str:
    if len(value) < MIN_TOKEN_CHARACTERS:
        raise ValueError(f"at least {MIN_TOKEN_CHARACTERS} characters")
    return value


def _setting(reader: Callable[[str], Any], default: Any, help: str, *, secret: bool = False) -> Any:
    return field(default=default, metadata={"reader": reader, "help": help, "secret": secret})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Settings:
    """Field `max_audio_seconds` is read from SYNCLINE_MAX_AUDIO_SECONDS, and so on."""

    bucket: str | None = _setting(_text, None, "S3 bucket of uploads and results.")
    table: str | None = _setting(_text, None, "DynamoDB table of the job records.")
    ingest_queue: str | None = _setting(_url, None, "SQS queue to which S3 sends its events.")
    live_queue: str | None = _setting(_url, None, "SQS queue of jobs from uploads. Workers take from it first.")
    bulk_queue: str | None = _setting(
        _url, None, "SQS queue of jobs from backfills. Workers take from it while the live queue is empty."
    )
    ingest_dead_letters: str | None = _setting(
        _url, None, "Dead-letter queue of the ingest queue, and of messages that name no job."
    )
    live_dead_letters: str | None = _setting(_url, None, "Dead-letter queue of the live queue.")
    bulk_dead_letters: str | None = _setting(_url, None, "Dead-letter queue of the bulk queue.")
    status_url: str | None = _setting(_url, None, "Address of the status URL, for `syncline doctor`.")
    event_bus: str | None = _setting(
        _text, None, "EventBridge bus to which ended jobs are published. Without it nothing is published."
    )

    engine: str = _setting(_engine, "pocketsphinx", "Engine of jobs whose options name none.")
    translate_to: tuple[str, ...] = _setting(
        _languages, (), "Target languages of jobs whose options name none: codes with commas between them."
    )
    models: Path | None = _setting(
        _path,
        None,
        "Folder of the models, as `syncline models fetch` writes it. Without it, `syncline/models` in `XDG_DATA_HOME` "
        "or `~/.local/share`.",
    )
    translation_model: str = _setting(
        _text, "m2m100-418m", "Translation model: a name of the catalogue, or owner/repository of the hub."
    )
    speech_model: str = _setting(
        _text,
        "whisper-base.en",
        "Speech model for the engine whisper: a name of the catalogue, or owner/repository of the hub.",
    )
    g2p: str = _setting(
        _g2p,
        G2P2,
        "What turns words of other languages into IPA: g2p2 (the extra languages) or espeak-ng, a program that you "
        "install. In English it reads the words that the dictionary lacks.",
    )
    answer_model: str = _setting(
        _text, "answers-en", "Model that answers questions: a name of the catalogue, or owner/repository of the hub."
    )
    gentle_home: Path | None = _setting(_path, None, "Folder of a Gentle installation, for the engine gentle.")
    slots: int | None = _setting(
        _whole, None, "Jobs that a worker runs at once. Without it, one more than the number of cores."
    )
    processes: int | None = _setting(_whole, None, "Alignment processes of a worker. Without it, one per core.")

    max_audio_seconds: int = _setting(_whole, 12 * 3600, "Longest accepted recording, in seconds of audio.")
    max_recording_bytes: int = _setting(_whole, 5 * 1024**3, "Largest accepted recording, in bytes.")
    max_transcript_words: int = _setting(_whole, 200_000, "Longest accepted transcript, in words.")
    job_seconds: int = _setting(_whole, 1800, "Time limit of a job in seconds, before the share of its audio.")
    job_seconds_per_audio_second: int = _setting(
        _whole, 4, "Seconds that each second of audio adds to the time limit of a job."
    )
    lease_seconds: int = _setting(
        _whole, 90, "Lease of a worker on a job, and visibility timeout of its message. The heartbeat renews both."
    )
    stop_seconds: int = _setting(_whole, 110, "Time that a stopped worker has to finish or hand back its jobs.")

    state_shards: int = _setting(
        _shards,
        1,
        "Keys of the table's index over which queued and running jobs are spread. Raise it for more than 500 tasks; "
        "docs/scaling.md says how.",
    )
    keep_days: int | None = _setting(
        _whole, None, "Days after which the record of an ended job is deleted. Without it, records stay."
    )

    prices: Path | None = _setting(_path, None, "Price table that overrides the built-in one of `syncline backfill`.")

    token: str | None = _setting(
        _token,
        None,
        f"Bearer token of the status URL, at least {MIN_TOKEN_CHARACTERS} characters. For a deployment, use "
        "SYNCLINE_TOKEN_SECRET.",
        secret=True,
    )
    token_secret: str | None = _setting(
        _text, None, "Secret of Secrets Manager that contains the bearer token of the status URL."
    )

    def __repr__(self) -> str:
        shown = (
            f"{item.name}={MASK if item.metadata['secret'] and value is not None else repr(value)}"
            for item in fields(self)
            if (value := getattr(self, item.name)) != item.default
        )
        return f"Settings({', '.join(shown)})"

    @property
    def default_options(self) -> Options:
        return Options(engine=self.engine, translate_to=self.translate_to)

    def need(self, name: str) -> Any:
        """The value of a setting that this process requires."""
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
    """Raises SettingsError for a bad value, and for an unknown name: a misspelt one would otherwise have no effect."""
    for key in environment:
        if key.startswith(PREFIX) and key not in VARIABLES:
            guess = did_you_mean(key, VARIABLES)
            raise SettingsError(f"{key} is not a setting.{guess}", hint=f"Settings are: {', '.join(VARIABLES)}.")
    given = {}
    for item in fields(Settings):
        text = environment.get(variable(item.name), "").strip()
        if text:
            given[item.name] = _read_one(item, text)
    return Settings(**{"models": default_models_folder(environment), **given})


def as_environment(settings: Settings) -> dict[str, str]:
    """The variables from which another process reads the same settings. Defaults are left out."""
    plain = Settings()
    return {
        variable(name): ",".join(value) if isinstance(value, tuple) else str(value)
        for name in NAMES
        if (value := getattr(settings, name)) is not None and value != getattr(plain, name)
    }


def _read_one(item: Field[Any], text: str) -> Any:
    try:
        return item.metadata["reader"](text)
    except ValueError as error:
        shown = MASK if item.metadata["secret"] else f"“{text}”"
        raise SettingsError(f"{variable(item.name)} is {shown}, but should be {error}.") from error
