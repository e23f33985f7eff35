"""The questions of `python -m benchmarks.questions`, and how it fits a score."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.questions import Asked, fit, is_right, questions


def test_every_expected_answer_is_in_its_transcript() -> None:
    asked = questions()
    assert all(each.expected in each.transcript for each in asked if each.expected)
    assert len({each.question for each in asked}) == len(asked)
    assert sum(each.expected is None for each in asked) == len(asked) / 2


@pytest.mark.parametrize(
    ("given", "right"), [("the old man", True), ("An old man offers me half of his orange", False), (None, False)]
)
def test_an_answer_is_right_with_a_few_more_words(given: str | None, right: bool) -> None:
    assert is_right(Asked("", "", "old man"), given) is right
    assert is_right(Asked("", "", None), given) is (given is None)


def test_the_fit_finds_where_answers_begin() -> None:
    chance = np.random.default_rng(1)
    margins = chance.normal(0, 4, 2_000)
    answerable = (chance.random(2_000) < 1 / (1 + np.exp(-(margins - 2)))).astype(float)
    scale, shift = fit(margins, answerable)
    assert shift / scale == pytest.approx(-2, abs=0.4)
