from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncline.aws import attributes

NUMBERS = st.integers(-(10**15), 10**15) | st.floats(-1e9, 1e9).map(lambda value: round(value, 6))
VALUES = st.recursive(
    st.none() | st.booleans() | st.text() | NUMBERS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(VALUES)
def test_values_are_read_back(value: Any) -> None:
    assert attributes.decode(attributes.encode(value)) == value


@given(VALUES)
def test_boto3_reads_the_same_values_and_writes_readable_ones(value: Any) -> None:
    plain = with_decimals(value)
    assert TypeDeserializer().deserialize(attributes.encode(value)) == plain
    assert attributes.decode(TypeSerializer().serialize(plain)) == value


def with_decimals(value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, dict):
        return {name: with_decimals(item) for name, item in value.items()}
    if isinstance(value, list):
        return [with_decimals(item) for item in value]
    return value
