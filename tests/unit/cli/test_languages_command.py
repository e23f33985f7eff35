import json

from syncline.cli.languages import languages
from syncline.core.spoken_languages import SPOKEN_LANGUAGES


def test_the_list_has_every_language_with_what_must_be_installed(capsys) -> None:
    languages()
    header, *lines = capsys.readouterr().out.splitlines()
    assert header.split()[0] == "code"
    assert [line.split()[0] for line in lines] == list(SPOKEN_LANGUAGES)


def test_the_list_as_json(capsys) -> None:
    languages(as_json=True)
    english = next(each for each in json.loads(capsys.readouterr().out) if each["code"] == "en")
    assert english["name"] == "English" and english["install"] is None
