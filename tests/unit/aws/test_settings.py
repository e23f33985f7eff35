from dataclasses import fields
from pathlib import Path

import pytest

from syncline.aws import settings
from syncline.aws.settings import Settings
from syncline.core.errors import SettingsError

QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/syncline-live"


def test_settings_survive_the_environment() -> None:
    chosen = Settings(bucket="b", live_queue=QUEUE, translate_to=("ja", "fr"), slots=7, token="secret-secret-secret")
    assert settings.read(settings.as_environment(chosen)) == chosen


def test_variables_of_other_programs_are_ignored() -> None:
    assert settings.read({"AWS_REGION": "eu-west-1", "PATH": "/bin"}) == Settings()


def test_an_empty_variable_is_ignored() -> None:
    assert settings.read({"SYNCLINE_BUCKET": "  "}) == Settings()


def test_models_are_kept_in_the_data_folder_of_the_user() -> None:
    home = {"HOME": "/home/ada"}
    assert settings.read(home).models == Path("/home/ada/.local/share/syncline/models")
    assert settings.read(home | {"XDG_DATA_HOME": "/data"}).models == Path("/data/syncline/models")
    assert settings.read(home | {"SYNCLINE_MODELS": "/srv/models"}).models == Path("/srv/models")


def test_a_misspelt_setting_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match=r"SYNCLINE_BUKET is not a setting\. Did you mean “SYNCLINE_BUCKET”\?"):
        settings.read({"SYNCLINE_BUKET": "b"})


@pytest.mark.parametrize(
    ("name", "value", "should_be"),
    [
        ("SYNCLINE_LIVE_QUEUE", "syncline-live", "http"),
        ("SYNCLINE_ENGINE", "kaldi", "one of gentle, pocketsphinx"),
        ("SYNCLINE_SLOTS", "0", "a whole number above zero"),
        ("SYNCLINE_SLOTS", "two", "a whole number above zero"),
        ("SYNCLINE_TRANSLATE_TO", "jp", "language codes"),
    ],
)
def test_a_bad_value_is_named_with_what_it_should_be(name: str, value: str, should_be: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} is “{value}”, but should be .*{should_be}"):
        settings.read({name: value})


def test_a_missing_setting_is_named_when_it_is_needed() -> None:
    with pytest.raises(SettingsError, match="SYNCLINE_TABLE is not set"):
        Settings().need("table")


def test_a_secret_is_never_shown() -> None:
    chosen = Settings(bucket="b", token="open-sesame")
    assert repr(chosen) == "Settings(bucket='b', token=(hidden))"
    assert repr(Settings()) == "Settings()"


def test_every_setting_has_help_that_is_a_sentence() -> None:
    for item in fields(Settings):
        assert item.metadata["help"].endswith("."), item.name


def test_a_short_token_is_refused_without_showing_it() -> None:
    with pytest.raises(SettingsError, match="at least 16 characters") as refusal:
        settings.read({"SYNCLINE_TOKEN": "x" * 15})
    assert "xxx" not in str(refusal.value)
