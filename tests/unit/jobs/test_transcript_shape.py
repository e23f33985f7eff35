"""The lengths of words, punctuation and lines that a transcript may have."""

from __future__ import annotations

import pytest

from syncline.core.errors import TranscriptError
from syncline.jobs.validation import MAX_LINE_CHARACTERS, check_transcript, read_transcript

SHAPES = {
    "dots": ("." * 250_000 + " a", "punctuation_too_long"),
    "dots on lines of their own": (".\n" * 150_000 + " a", "punctuation_too_long"),
    "quotation marks": ("“" * 320_000 + " a", "punctuation_too_long"),
    "one word": ("a" * 1_000_000, "word_too_long"),
    "a compound": ("a-" * 500_000, "word_too_long"),
    "an address": ("a@" + "b." * 200_000, "word_too_long"),
    "digits": ("7" * 5_000, "word_too_long"),
    "a word beside a script without spaces": ("語" + "a" * 2_000, "word_too_long"),
    "one line": ("word " * (MAX_LINE_CHARACTERS // 5 + 1), "line_too_long"),
}


@pytest.mark.parametrize("name", SHAPES)
def test_text_that_is_not_speech_is_refused_by_reception_and_worker(name: str) -> None:
    text, code = SHAPES[name]
    for check in (check_transcript, read_transcript):
        with pytest.raises(TranscriptError) as refused:
            check(text.encode(), name="a.txt", max_words=1_000_000)
        assert refused.value.code == code
        assert len(refused.value.message) < 200


def test_a_long_transcript_in_one_line_is_accepted() -> None:
    hours = "They said “well…” — and then, at 10:30, went to https://example.org/" + "x" * 900 + " again. "
    check_transcript(("これは日本語の文章です。" * 5_000).encode(), name="a.txt", max_words=1_000_000)
    check_transcript((hours * 400).encode(), name="a.txt", max_words=1_000_000)
    check_transcript(("-" * 80 + "\nword\n").encode() * 100, name="a.txt", max_words=1_000_000)
