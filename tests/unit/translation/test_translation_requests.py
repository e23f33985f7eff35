import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.translation.requests import FieldError, Limits, parse
from syncline.translation.translate import Segment

LIMITS = Limits(records=3, characters=40)


def body(**changes):
    payload = {"fromLang": "en", "toLang": "ja", "records": [{"id": "123", "text": "Hello"}], **changes}
    return {"payload": {name: value for name, value in payload.items() if value is not None}}


def refused(document):
    with pytest.raises(FieldError) as refusal:
        parse(json.dumps(document).encode(), LIMITS)
    return refusal.value.code, refusal.value.field


def test_a_good_request():
    parsed = parse(json.dumps(body(toLang="zh-Hans")).encode(), LIMITS)
    assert (parsed.ids, parsed.segments) == (("123",), (Segment("Hello", "en", "zh"),))


@pytest.mark.parametrize(
    ("document", "code", "field"),
    [
        ([], "wrong_type", ""),
        ({}, "missing_field", "payload"),
        ({"payload": "x"}, "wrong_type", "payload"),
        (body(fromLang=None), "missing_field", "payload.fromLang"),
        (body(toLang=7), "wrong_type", "payload.toLang"),
        (body(toLang="jp"), "unknown_language", "payload.toLang"),
        (body(fromLang=""), "unknown_language", "payload.fromLang"),
        (body(toLang="en-GB"), "same_language", "payload.toLang"),
        (body(records=None), "missing_field", "payload.records"),
        (body(records={}), "wrong_type", "payload.records"),
        (body(records=["Hello"]), "wrong_type", "payload.records[0]"),
        (body(records=[{"text": "a"}]), "missing_field", "payload.records[0].id"),
        (body(records=[{"id": 1, "text": "a"}]), "wrong_type", "payload.records[0].id"),
        (body(records=[{"id": "1"}]), "missing_field", "payload.records[0].text"),
        (body(records=[{"id": "1", "text": None}]), "wrong_type", "payload.records[0].text"),
        (body(records=[{"id": "1", "text": "a"}] * 2), "duplicate_id", "payload.records[1].id"),
        (body(records=[{"id": str(i), "text": "a"} for i in range(4)]), "too_many_records", "payload.records"),
        (body(records=[{"id": "1", "text": "a" * 41}]), "too_long", "payload.records[0].text"),
    ],
)
def test_an_error_names_its_field(document, code, field):
    assert refused(document) == (code, field)


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"[" * 100_000])
def test_invalid_json_is_refused(text):
    with pytest.raises(FieldError) as refusal:
        parse(text, LIMITS)
    assert refusal.value.code == "invalid_json"


def test_a_lone_surrogate_is_replaced():
    text = b'{"payload": {"fromLang": "en", "toLang": "ja", "records": [{"id": "1", "text": "a\\ud83d b"}]}}'
    assert parse(text, LIMITS).segments[0].text == "a\ufffd b"


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["payload", "fromLang", "toLang", "records", "id", "text"]), inner, max_size=4
    ),
)  # fmt: skip


@given(JSON)
def test_any_json_is_parsed_or_refused(document):
    try:
        parse(json.dumps(document).encode(), LIMITS)
    except FieldError as refusal:
        assert refusal.code
