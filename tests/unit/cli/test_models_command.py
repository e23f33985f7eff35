import json
import shutil

import pytest

from syncline.cli.models import fetch_models, list_models, verify_models
from syncline.core.errors import ModelMissingError, SettingsError
from syncline.models.catalogue import CATALOGUE, M2M100, TOY_FOLDER
from syncline.translation.kind import M2M100Kind


class WithConverter(M2M100Kind):
    def check_converter(self):
        pass


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SYNCLINE_MODELS", str(tmp_path))
    shutil.copytree(TOY_FOLDER, tmp_path / "m2m100-418m")
    return tmp_path


def test_the_list_has_installed_and_available_models(folder, capsys):
    list_models()
    lines = capsys.readouterr().out.splitlines()
    assert "a toy: it knows a dozen sentences" in lines[0]
    assert "a toy: it knows who did what" in lines[1]
    assert str(folder / "m2m100-418m") in lines[2]
    available = [line.split(None, 1) for line in lines[3:]]
    assert ["m2m100-1.2b", "not installed  (syncline models fetch m2m100-1.2b)"] in available
    assert [name for name, _ in available] == sorted(set(CATALOGUE) - {"m2m100-418m"})


def test_the_list_as_json(folder, capsys):
    list_models(as_json=True)
    *toys, model = json.loads(capsys.readouterr().out)
    assert ([toy["toy"] for toy in toys], model["toy"]) == ([True, True], False)
    assert model["path"] == str(folder / "m2m100-418m")


def test_verify_finds_a_changed_byte(folder, capsys):
    verify_models()
    assert "m2m100-418m: 4 files are intact" in capsys.readouterr().out
    body = (folder / "m2m100-418m/model.bin").read_bytes()
    (folder / "m2m100-418m/model.bin").write_bytes(body[:-1] + b"?")
    with pytest.raises(ModelMissingError, match="damaged"):
        verify_models(["m2m100-418m"])


def test_one_damaged_model_does_not_hide_the_others(folder, capsys):
    shutil.copytree(folder / "m2m100-418m", folder / "m2m100-1.2b")
    (folder / "m2m100-1.2b/model.bin").unlink()
    (folder / "m2m100-418m/syncline-model.json").write_text("{", encoding="utf-8")
    list_models()
    listed = capsys.readouterr().out
    assert "m2m100-1.2b in" in listed
    assert "is damaged: model.bin" in listed
    assert "syncline-model.json cannot be read" in listed
    list_models(as_json=True)
    assert [m.get("error", {}).get("code") for m in json.loads(capsys.readouterr().out)] == [
        None, None, "model_corrupt", "model_corrupt",
    ]  # fmt: skip
    with pytest.raises(ModelMissingError, match="cannot be read"):
        verify_models()
    said = capsys.readouterr()
    assert "m2m100-toy: 4 files are intact" in said.out
    assert "is damaged: model.bin" in said.err


def test_fetch_without_a_folder_names_the_setting(monkeypatch):
    for name in ("SYNCLINE_MODELS", "XDG_DATA_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SettingsError, match="SYNCLINE_MODELS"):
        fetch_models(["m2m100-418m"])


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SettingsError, match=r"cannot be written to .*: Not a directory"):
        fetch_models(["m2m100-418m"], folder=tmp_path / "file" / "models", kinds={M2M100: WithConverter()})


def test_hf_endpoint_names_the_hub(folder, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://hub.example/")
    with pytest.raises(SettingsError, match=r"“http://hub\.example/api/models/.*” is not an https address"):
        fetch_models(["m2m100-1.2b"], kinds={M2M100: WithConverter()})


def test_fetching_the_toy_needs_no_network(folder, capsys):
    fetch_models(["m2m100-toy"])
    assert "m2m100-toy: 1 MB" in capsys.readouterr().err
