import pytest

from syncline.core import job_metadata
from syncline.core.errors import InvalidOptionsError


def test_entries_at_every_limit_are_accepted_in_order() -> None:
    names = [f"{number:02d}{'x' * 62}" for number in range(20)]
    given = dict.fromkeys(reversed(names), "v" * 200)
    assert job_metadata.check(given) == tuple((name, "v" * 200) for name in names)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([("a", "1")], "metadata is not an object with texts."),
        ({str(number): "1" for number in range(21)}, "metadata has 21 entries; at most 20 are accepted."),
        ({"n ame" * 20: "1"}, f"metadata cannot have the name “{'n ame' * 16}”."),
        ({"a": "v" * 201}, f"metadata.a cannot be “{'v' * 80}”."),
    ],
)
def test_what_cannot_be_metadata_is_named(value: object, message: str) -> None:
    with pytest.raises(InvalidOptionsError) as refused:
        job_metadata.check(value)
    assert refused.value.message == message


def test_the_schema_has_the_same_limits() -> None:
    assert job_metadata.schema() == {
        "type": "object",
        "maxProperties": 20,
        "propertyNames": {"pattern": "^[A-Za-z0-9_.-]{1,64}$"},
        "additionalProperties": {"type": "string", "minLength": 1, "maxLength": 200},
    }
