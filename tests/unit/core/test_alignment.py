import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.core import alignment
from syncline.core.alignment import Alignment, Phone, Word
from syncline.core.errors import InvalidInputError

SECONDS = st.floats(0, 40_000).map(lambda value: round(value, 3))
PHONES = st.lists(st.builds(Phone, st.text(max_size=4), SECONDS), max_size=3).map(tuple)
WORDS = st.builds(
    Word,
    case=st.sampled_from(alignment.CASES),
    word=st.text(max_size=8),
    start=st.none() | SECONDS,
    end=st.none() | SECONDS,
    start_offset=st.none() | st.integers(0, 10**6),
    end_offset=st.none() | st.integers(0, 10**6),
    aligned_word=st.none() | st.text(max_size=8),
    phones=PHONES,
    confidence=st.none() | st.floats(0, 1).map(lambda value: round(value, 3)),
)
ALIGNMENTS = st.builds(Alignment, st.text(max_size=40), st.lists(WORDS, max_size=5).map(tuple))

# As Gentle writes it: sorted keys, None left out, no confidence.
GENTLE = """{
  "transcript": "Hi Zxy.",
  "words": [
    {
      "alignedWord": "hi",
      "case": "success",
      "end": 0.43,
      "endOffset": 2,
      "phones": [
        {
          "duration": 0.11,
          "phone": "hh_B"
        },
        {
          "duration": 0.12,
          "phone": "ay_E"
        }
      ],
      "start": 0.2,
      "startOffset": 0,
      "word": "Hi"
    },
    {
      "case": "not-found-in-audio",
      "endOffset": 6,
      "startOffset": 3,
      "word": "Zxy"
    }
  ]
}
"""


@given(ALIGNMENTS)
def test_an_alignment_survives_its_json(given_alignment: Alignment) -> None:
    text = alignment.to_json(given_alignment)
    assert alignment.from_json(text) == given_alignment
    assert alignment.to_json(alignment.from_json(text)) == text


def test_gentles_own_output_comes_out_byte_for_byte() -> None:
    assert alignment.to_json(alignment.from_json(GENTLE)) == GENTLE


def test_gentles_empty_result_is_read() -> None:
    assert alignment.from_json("{}") == Alignment("", ())


def test_words_that_were_not_found_have_no_times() -> None:
    document = json.loads(alignment.to_json(Alignment("a", (Word("not-found-in-audio", "a", None, None, 0, 1),))))
    assert document["words"] == [{"case": "not-found-in-audio", "endOffset": 1, "startOffset": 0, "word": "a"}]


@given(st.text(max_size=30) | st.binary(max_size=30))
def test_anything_else_is_refused_with_a_reason(document: str | bytes) -> None:
    try:
        alignment.from_json(document)
    except InvalidInputError as error:
        assert error.hint


@pytest.mark.parametrize(
    "document",
    ["[]", "1", '{"words": 3}', '{"words": [{"word": "a"}]}', '{"syncline": []}',
     '{"words": [{"case": "success", "word": "a", "start": "x"}]}',
     '{"words": [{"case": "success", "word": "a", "startOffset": -1}]}',
     '{"words": [{"case": "success", "word": "a", "phones": 1}]}',
     '{"words": [{"case": "success", "word": "a", "phones": [{"duration": 1}]}]}'],
)  # fmt: skip
def test_refusals(document: str) -> None:
    with pytest.raises(InvalidInputError, match="This is not an alignment") as refused:
        alignment.from_json(document)
    assert refused.value.hint == "Give the alignment.json that Syncline or Gentle wrote."


def test_what_was_heard_beside_the_transcript_does_not_count_as_its_words() -> None:
    words = [Word("success", "a"), Word("not-found-in-audio", "b"), Word("not-found-in-transcript", "uh")]
    assert alignment.count_words(words) == (2, 1)
