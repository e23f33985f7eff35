"""NAME=TEXT on the command line."""

from __future__ import annotations

import pytest

from syncline.cli.parameters import split_metadata
from syncline.core.errors import InvalidOptionsError


def test_the_text_is_everything_after_the_first_sign() -> None:
    assert split_metadata(["course=101", "note=a=b"]) == {"course": "101", "note": "a=b"}
    assert split_metadata(None) == {}


@pytest.mark.parametrize("given", ["course", "=101", "course="])
def test_anything_else_is_refused(given: str) -> None:
    with pytest.raises(InvalidOptionsError, match="NAME=TEXT"):
        split_metadata([given])
