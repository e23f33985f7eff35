import pytest

from syncline.aws.settings import read
from syncline.cli.doctor import machine
from syncline.models.catalogue import CATALOGUE
from syncline.models.installed import INSTALLED_FILES, write_manifest


def finding(name, **environment):
    settings = read({"SYNCLINE_" + key.upper(): value for key, value in environment.items()})
    return dict(machine.checks(settings))[name]()


def install(name, tmp_path):
    model = CATALOGUE[name]
    folder = tmp_path / model.name
    for file in INSTALLED_FILES[model.kind]:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(b"weights")
    write_manifest(folder, model)
    return str(tmp_path)


@pytest.fixture
def models(tmp_path):
    return install("whisper-base.en", tmp_path)


@pytest.mark.parametrize(("engine", "expected"), [("pocketsphinx", "note"), ("whisper", "bad")])
def test_a_missing_speech_model_is_bad_where_whisper_is_the_default(engine, expected, tmp_path):
    check = finding("whisper", engine=engine, models=str(tmp_path))
    assert check.finding.value == expected
    assert "syncline models fetch whisper-base.en" in check.mend


def test_an_installed_speech_model_is_ok(models):
    assert finding("whisper", models=models).finding.value == "ok"


def test_a_speech_model_does_not_translate(models):
    check = finding("translation", models=models, translation_model="whisper-base.en")
    assert "of the kind whisper, not m2m100" in check.says


@pytest.mark.parametrize(("check", "model"), [("entities", "entities-en"), ("questions", "answers-en")])
def test_what_enriches_is_a_note_until_it_is_installed(check, model, tmp_path):
    pytest.importorskip("spacy", reason="spaCy is not installed (extra enrich)")
    missing = finding(check, models=str(tmp_path))
    assert (missing.finding.value, f"Jobs with the option {check} will fail" in missing.says) == ("note", True)
    assert f"syncline models fetch {model}" in missing.mend
    assert finding(check, models=install(model, tmp_path)).finding.value == "ok"
