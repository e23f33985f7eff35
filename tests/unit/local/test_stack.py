from __future__ import annotations

from pathlib import Path

import pytest

from syncline.aws import settings as settings_reader
from syncline.aws.settings import NAMES, Settings, variable
from syncline.core.errors import SettingsError
from syncline.local.stack import LIVENESS_FILE, TOY_ANSWERS, TOY_MODEL, LocalStack, local_settings
from syncline.models.installed import MANIFEST
from worker import liveness

OF_A_REAL_ACCOUNT = ("event_bus", "token_secret")
VALUES = (
    "/a/folder/with/a/name/as/long/as/a/token",
    "https://sqs.eu-west-1.amazonaws.com/1/q",
    "7",
    "gentle",
    "ja",
    "espeak-ng",
)


def other_than_default(name: str) -> str:
    """A text that the setting accepts, and that differs from its default."""
    for value in VALUES:
        try:
            settings = settings_reader.read({variable(name): value})
        except SettingsError:
            continue
        if getattr(settings, name) != getattr(Settings(), name):
            return value
    raise AssertionError(f"add a value for {name} to VALUES")


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(OF_A_REAL_ACCOUNT)))
def test_every_setting_of_the_environment_reaches_the_processes(name: str) -> None:
    value = other_than_default(name)
    stack = LocalStack(Path(), local_settings({variable(name): value}), "http://127.0.0.1:1")

    assert stack.process_environment({})[variable(name)] == value


def test_nothing_of_a_real_account_reaches_the_processes() -> None:
    inherited = {"AWS_PROFILE": "production", "AWS_SESSION_TOKEN": "secret", "PATH": "/bin"}
    inherited |= {variable(name): "production" for name in OF_A_REAL_ACCOUNT}
    stack = LocalStack(Path(), local_settings({"SYNCLINE_EVENT_BUS": "production"}), "http://127.0.0.1:1")
    environment = stack.process_environment(inherited)

    assert not environment.keys() & {"AWS_PROFILE", "AWS_SESSION_TOKEN", "SYNCLINE_EVENT_BUS", "SYNCLINE_TOKEN_SECRET"}
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert environment["PATH"] == "/bin"


def test_chosen_settings_win_over_the_environment() -> None:
    settings = local_settings({"SYNCLINE_ENGINE": "gentle", "SYNCLINE_SLOTS": "3"}, engine="pocketsphinx", models=None)

    assert (settings.engine, settings.slots) == ("pocketsphinx", 3)


def test_without_models_the_toy_translates() -> None:
    assert local_settings({}).answer_model == TOY_ANSWERS
    assert local_settings({}, models=Path("/models")).answer_model == Settings().answer_model
    assert local_settings({}).translation_model == TOY_MODEL
    assert local_settings({}, models=Path("/models")).translation_model == Settings().translation_model
    assert local_settings({"SYNCLINE_TRANSLATION_MODEL": "m2m100-1.2b"}).translation_model == "m2m100-1.2b"


def test_a_model_in_the_users_own_folder_translates(tmp_path: Path) -> None:
    installed = tmp_path / "syncline" / "models" / "m2m100-418m"
    installed.mkdir(parents=True)
    (installed / MANIFEST).write_text("{}", encoding="utf-8")

    settings = local_settings({"XDG_DATA_HOME": str(tmp_path)})

    assert (settings.translation_model, settings.answer_model) == (Settings().translation_model, TOY_ANSWERS)


def test_the_stack_waits_for_the_workers_own_liveness_file() -> None:
    assert liveness.NAME == LIVENESS_FILE
