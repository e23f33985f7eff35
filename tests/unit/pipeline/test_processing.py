from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.core.alignment import Alignment
from syncline.core.options import Options
from syncline.pipeline.processing import SENTENCES_PER_GROUP, group_languages, target_languages, translation_warnings


def aligned(sentences: int) -> Alignment:
    sentence = {"id": 0, "startOffset": 0, "endOffset": 2, "text": "a.", "start": None, "end": None}
    return Alignment("a.", (), {"sentences": [sentence] * sentences})


@given(st.integers(0, 2000), st.lists(st.sampled_from(["ja", "fr", "de", "es", "zh", "ko"]), unique=True))
def test_groups_keep_every_language_in_order_and_stay_small(sentences: int, languages: list[str]) -> None:
    groups = group_languages(aligned(sentences), languages)

    assert [language for group in groups for language in group] == languages
    assert all(group for group in groups)
    assert all(len(group) == 1 or len(group) * sentences <= 1.5 * SENTENCES_PER_GROUP for group in groups)


def test_a_short_transcript_is_translated_into_all_languages_at_once_a_long_one_into_one_at_a_time() -> None:
    assert group_languages(aligned(20), ["ja", "fr", "de"]) == [("ja", "fr", "de")]
    assert group_languages(aligned(700), ["ja", "fr"]) == [("ja",), ("fr",)]


@pytest.mark.parametrize(
    ("detected", "targets", "warning"),
    [
        ("it", ("ja", "fr"), ""),
        ("fr", ("ja",), "There is no translation into “fr”"),
        ("eu", (), "“eu”, the language spoken, cannot be translated"),
    ],
)
def test_a_detected_language_is_not_translated_into_itself(detected, targets, warning) -> None:
    found = Alignment("a.", (), {"language": detected})
    options = Options(language="auto", engine="whisper", translate_to=("ja", "fr"))

    assert target_languages(found, options) == targets
    assert warning in " ".join(translation_warnings(found, options))
    assert bool(translation_warnings(found, options)) == bool(warning)
