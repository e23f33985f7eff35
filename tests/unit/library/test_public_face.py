"""`import syncline`: the list of public names, and that importing it costs nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

import syncline
from syncline.core import errors, formats
from syncline.library.alignment import Alignment

PUBLIC = [
    "Aligner", "Alignment", "Answer", "EngineError", "Entities", "Entity", "InvalidInputError",
    "InvalidOptionsError", "LimitExceededError", "MediaError", "ModelMissingError", "Phone", "Sentence",
    "SettingsError", "SynclineError", "TranscriptError", "Translation", "Word", "__version__", "align", "ask",
    "entities", "transcribe", "translate",
]  # fmt: skip


def test_the_public_names_are_these() -> None:
    assert sorted(syncline.__all__) == PUBLIC
    assert set(PUBLIC) <= set(dir(syncline))


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_is_there(name: str) -> None:
    assert getattr(syncline, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'aline'"):
        syncline.aline  # noqa: B018


def test_errors_have_one_base() -> None:
    assert all(issubclass(getattr(syncline, name), errors.SynclineError) for name in PUBLIC if name.endswith("Error"))


def test_names_are_imported_when_they_are_used_and_only_from_two_packages() -> None:
    assert {module.split(".")[1] for module in syncline._MODULES} == {"core", "library"}
    code = "import sys, syncline; print([name for name in sys.modules if name.startswith('syncline')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['syncline']\n"


def test_using_a_name_loads_no_engine() -> None:
    code = "import sys; from syncline import Aligner, align, translate; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "syncline.library.aligner" in loaded
    assert not loaded & {"numpy", "pocketsphinx", "ctranslate2", "boto3", "celery"}


@pytest.mark.parametrize("name", formats.NAMES)
def test_an_alignment_has_a_method_for_every_format(name: str) -> None:
    aligned = Alignment.from_json('{"transcript": "Hello.", "words": []}')
    [content] = aligned.render(name).values()
    assert getattr(aligned, f"to_{name.replace('-', '_')}")() == content
