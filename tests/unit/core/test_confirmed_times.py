"""The file of confirmed word times."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.core import alignment, confirmed_times
from syncline.core.alignment import Alignment, Word
from syncline.core.confirmed_times import ConfirmedTimes, ConfirmedWord
from syncline.core.errors import InvalidInputError

WORD = {"startOffset": 0, "endOffset": 5, "start": 0.5, "end": 0.7239}


def document(*words: object, transcript: object = "Hello, Zoë again!") -> bytes:
    return json.dumps({"transcript": transcript, "words": list(words)}).encode()


def test_the_times_are_read_in_milliseconds() -> None:
    read = confirmed_times.read(document(WORD))
    assert read == ConfirmedTimes("Hello, Zoë again!", (ConfirmedWord(0, 5, 0.5, 0.724),))


def test_an_alignment_of_only_the_confirmed_words_is_such_a_file() -> None:
    aligned = Alignment("Hello, Zoë!", (Word("success", "Zoë", 0.72, 1.18, 7, 10, "zoë"),))
    assert confirmed_times.read(alignment.to_json(aligned).encode()).words == (ConfirmedWord(7, 10, 0.72, 1.18),)


@pytest.mark.parametrize(
    "wrong",
    [
        b"", b"{", b"\xff", b"[]", document(WORD, transcript=1), document(1), document({**WORD, "start": "0"}),
        document({**WORD, "endOffset": 50}), document({**WORD, "endOffset": 0}), document({**WORD, "startOffset": "0"}),
        document({**WORD, "startOffset": 0.5}), document({**WORD, "end": 0.5}), document({**WORD, "start": -1}),
        document({**WORD, "end": 1e300}), b'{"transcript": "Hello", "words": [{"startOffset": 0, "endOffset": 5}]}',
        b'{"transcript": "Hello", "words": [{"startOffset": 0, "endOffset": 5, "start": 0, "end": NaN}]}',
        document(WORD, WORD), document(WORD, {**WORD, "startOffset": 7, "endOffset": 10, "start": 0.6, "end": 0.9}),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_a_reason(wrong: bytes) -> None:
    with pytest.raises(InvalidInputError) as caught:
        confirmed_times.read(wrong)
    assert caught.value.code == "invalid_times"
    assert caught.value.hint


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner)))
def test_any_words_are_accepted_or_refused_with_a_reason(value: object) -> None:
    with pytest.raises(InvalidInputError):
        confirmed_times.read(document({**WORD, "start": value}, transcript=value))
