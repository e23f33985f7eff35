import json

import pytest

from syncline.core import lexicon
from syncline.core.errors import InvalidOptionsError
from syncline.core.options import Options, from_dict, from_metadata


def test_pronunciations_in_each_notation_are_kept() -> None:
    given = {"Nguyen": ["W IH N", "/wɪn/", "win"], "Aoife": ["IY1 F AH0"]}
    options = Options(**from_dict({"lexicon": given}))
    assert options.as_dict()["lexicon"] == given
    assert Options(**from_dict(options.as_dict())) == options
    assert options.canonical() != Options().canonical()
    assert options.alignment_part()["lexicon"] == given


def test_metadata_holds_the_lexicon_as_json() -> None:
    assert from_metadata({"lexicon": json.dumps({"Xhosa": ["K OW S AH"]})})["lexicon"] == (("Xhosa", ("K OW S AH",)),)


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ([], "object"),
        ({"Nguyen": "win"}, "list"),
        ({"Nguyen": []}, "list"),
        ({"Nguyen": ["W IX N"]}, "IX"),
        ({"Nguyen": ["..."]}, "pronunciation"),
        ({"Ho Chi Minh": ["ho"]}, "one word"),
        ({"Jean-Luc": ["x"]}, "one word"),
        ({"": ["x"]}, "one word"),
        ({f"w{number}": ["x"] for number in range(lexicon.MOST_WORDS + 1)}, "501"),
    ],
)
def test_mistakes_are_named(value: object, named: str) -> None:
    with pytest.raises(InvalidOptionsError) as refused:
        from_dict({"lexicon": value})
    assert named in refused.value.message


def test_a_wrong_phone_has_a_suggestion() -> None:
    with pytest.raises(InvalidOptionsError) as refused:
        lexicon.check({"Nguyen": ["W IHH N"]})
    assert "Did you mean “IH”?" in refused.value.message
