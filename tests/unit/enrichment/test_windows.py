"""Windows over long texts, and which of them are read for a question."""

from __future__ import annotations

from itertools import pairwise

import pytest

from syncline.enrichment.answer_model import whole_words
from syncline.enrichment.windows import choose, cut


def offsets(text: str) -> list[tuple[int, int]]:
    found, start = [], 0
    for word in text.split(" "):
        found.append((start, start + len(word)))
        start += len(word) + 1
    return found


@pytest.mark.parametrize("count", [1, 2, 29, 30, 31, 50, 51, 1_000])
def test_windows_cover_every_token_and_overlap_by_a_third(count: int) -> None:
    windows = cut([(2 * number, 2 * number + 1) for number in range(count)], tokens=30)

    assert {token for window in windows for token in range(window.first, window.last)} == set(range(count))
    assert all(window.last - window.first <= 30 for window in windows)
    for before, after in pairwise(windows):
        assert before.last - after.first == 10
    # So a run of ten tokens is whole in one of them.
    assert all(
        any(window.first <= token and token + 10 <= window.last for window in windows) for token in range(count - 10)
    )


def test_a_text_without_tokens_has_no_windows() -> None:
    assert cut([], tokens=30) == []


def test_the_windows_that_share_rare_words_with_the_question_are_chosen() -> None:
    parts = [f"the weather of day {number} was the same" for number in range(200)]
    parts[120] = "Ada proposed the bridge over the Thames"
    text = " ".join(parts)
    windows = cut(offsets(text), tokens=8)
    chosen = choose(windows, text, "Who proposed the bridge?", most=5)

    assert len(chosen) == 5
    assert chosen == sorted(chosen, key=lambda window: window.first)
    assert any("proposed the bridge" in text[window.start : window.end] for window in chosen)
    assert choose(windows[:5], text, "Who?", most=5) == windows[:5]


@pytest.mark.parametrize(
    ("part", "whole"), [("ovel", "Lovelace"), (" Ada ", "Ada"), ("Ada L", "Ada Lovelace"), (" ", ""), ("Zo", "Zoë")]
)
def test_answers_are_whole_words(part: str, whole: str) -> None:
    text = "Dear Ada Lovelace and Zoë!"
    start = text.index(part)
    start, end = whole_words(text, start, start + len(part))
    assert text[start:end] == whole
