"""Fetch a Whisper model from a local hub that serves the real files of whisper-tiny.en."""

from __future__ import annotations

import pytest

from scripts import tiny_whisper
from syncline.core.errors import ModelMissingError
from syncline.models import fetching
from syncline.models.catalogue import M2M100, WHISPER
from syncline.models.hub import Hub
from syncline.models.installed import locate, verify
from syncline.speech.whisper.kind import WhisperKind
from syncline.translation.kind import M2M100Kind
from tests.hub_server import HubState, serve

REVISION = "0123456789abcdef0123456789abcdef01234567"
KINDS = {M2M100: M2M100Kind(), WHISPER: WhisperKind()}


@pytest.fixture
def fetch(tmp_path, monkeypatch):
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)

    def fetch(files: dict[str, bytes]):
        with serve(HubState(repository="someone/whisper", revision=REVISION, files=files)) as url:
            name = f"someone/whisper@{REVISION}"
            return fetching.fetch(name, tmp_path, kinds=KINDS, hub=Hub(url), progress=lambda stage, share: None)

    return fetch


@pytest.fixture(scope="module")
def real_files():
    folder = tiny_whisper.install() / tiny_whisper.MODEL.name
    return {name: (folder / name).read_bytes() for name in ("model.bin", "config.json", "vocabulary.json")}


def test_a_whisper_model_is_recognised_by_its_files_and_tried_out(fetch, real_files, tmp_path):
    installed = fetch(real_files | {"README.md": b"not needed"})
    assert installed.kind == WHISPER
    assert verify(installed) == 3
    assert locate("someone/whisper", tmp_path, kind=WHISPER).path == installed.path


def test_a_whisper_model_is_not_accepted_for_translation(fetch, real_files, tmp_path):
    fetch(real_files)
    with pytest.raises(ModelMissingError, match="of the kind whisper, not m2m100"):
        locate("someone/whisper", tmp_path, kind=M2M100)


def test_damaged_weights_are_not_installed(fetch, real_files, tmp_path):
    with pytest.raises(Exception, match="cannot be"):
        fetch(real_files | {"model.bin": real_files["model.bin"][:1_000_000]})
    assert not (tmp_path / "someone--whisper").exists()
