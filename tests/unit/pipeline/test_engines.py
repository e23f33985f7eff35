from __future__ import annotations

from pathlib import Path

import pytest

from syncline.aws.settings import Settings
from syncline.core.engines import ENGINES
from syncline.core.errors import InvalidOptionsError, ModelMissingError
from syncline.pipeline.engines import engine_factory, translation_model_opener
from syncline.processes.pool import SerialPool


def test_an_engine_is_created_by_its_name() -> None:
    engine = engine_factory(SerialPool(), Settings())("pocketsphinx")

    assert engine.name == "pocketsphinx"
    assert engine.version


def test_gentle_is_looked_for_where_the_settings_say(tmp_path: Path) -> None:
    create_engine = engine_factory(SerialPool(), Settings(gentle_home=tmp_path / "gentle"))

    with pytest.raises(ModelMissingError) as error:
        create_engine("gentle")
    assert str(tmp_path / "gentle") in str(error.value)


def test_an_unknown_engine_is_refused_with_those_that_are_installed() -> None:
    with pytest.raises(InvalidOptionsError) as error:
        engine_factory(SerialPool(), Settings())("an engine of a newer version")

    assert error.value.code == "engine_missing"
    assert all(name in error.value.hint for name in ENGINES)


def test_the_translation_model_is_opened_on_demand(tmp_path: Path) -> None:
    opener = translation_model_opener(Settings(models=tmp_path, translation_model="m2m100-418m"))

    with pytest.raises(ModelMissingError):
        opener()
