"""The words that two versions of a text share."""

from __future__ import annotations

import difflib
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from syncline.core import text_diff

WORDS = st.lists(st.sampled_from(["a", "b", "c", "d", "e", "f"]), max_size=30)


def shared(before: str, after: str) -> list[str]:
    return [before[start] for start in text_diff.shifts(before, after)]


@given(WORDS, WORDS)
@settings(max_examples=300)
def test_shared_words_are_equal_and_in_order(old: list[str], new: list[str]) -> None:
    before, after = " ".join(old), " ".join(new)
    found = text_diff.shifts(before, after)
    places = [start + shift for start, shift in found.items()]
    assert list(found) == sorted(found)
    assert places == sorted(set(places))
    assert all(before[start] == after[start + shift] for start, shift in found.items())


@given(WORDS, st.integers(0, 29))
def test_everything_but_a_changed_word_is_shared(old: list[str], changed: int) -> None:
    new = ["changed" if index == changed else word for index, word in enumerate(old)]
    assert len(text_diff.shifts(" ".join(old), " ".join(new))) == len(old) - (changed < len(old))


@given(WORDS, WORDS)
def test_a_gap_has_its_longest_common_words(old: list[str], new: list[str]) -> None:
    lengths = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i, word in enumerate(old):
        for j, other in enumerate(new):
            lengths[i + 1][j + 1] = lengths[i][j] + 1 if word == other else max(lengths[i][j + 1], lengths[i + 1][j])
    assert len(text_diff._gap(old, new)) == lengths[-1][-1]


def test_punctuation_and_spaces_do_not_count() -> None:
    assert text_diff.shifts("Well, known", "  Well known!") == {0: 2, 6: 1}


def test_a_script_without_spaces_is_compared_character_by_character() -> None:
    assert len(text_diff.shifts("夜行列車は汽笛", "夜間列車は汽笛")) == 6


def test_many_edits_all_over_a_long_text_are_found() -> None:
    random.seed(1)
    old = [random.choice(difflib.__doc__.split()) + random.choice("abcdefgh") for _ in range(30_000)]  # type: ignore[union-attr]
    new = [f"edit{index}" if index % 20 == 0 else word for index, word in enumerate(old)]
    assert len(text_diff.shifts(" ".join(old), " ".join(new))) > 0.9 * 30_000


def test_a_gap_with_too_many_edits_counts_as_changed() -> None:
    """Without a limit, this would take hours."""
    assert text_diff.shifts("a c " * 50_000, "b a " * 50_000) == {}
