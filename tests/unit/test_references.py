import pytest

from scripts import make_references


@pytest.mark.parametrize("path", make_references.REFERENCES)
def test_a_generated_reference_is_up_to_date(path: str) -> None:
    written = (make_references.ROOT / path).read_text(encoding="utf-8")
    assert written == make_references.REFERENCES[path](), "Run python scripts/make_references.py."
