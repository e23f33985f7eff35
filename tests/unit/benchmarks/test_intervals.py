import pytest

from benchmarks.intervals import share_with_interval, wilson


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(0, 10, (0.0, 0.2775)), (5, 10, (0.2366, 0.7634)), (10, 10, (0.7225, 1.0)), (744, 761, (0.9645, 0.9860))],
)
def test_wilson_intervals(part: int, whole: int, expected: tuple[float, float]) -> None:
    assert wilson(part, whole) == pytest.approx(expected, abs=5e-4)


def test_nothing_measured_is_an_open_interval() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert share_with_interval(0, 0) == "-"
