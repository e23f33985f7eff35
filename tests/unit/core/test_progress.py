from __future__ import annotations

import pytest

from syncline.core.progress import portion


def test_a_portion_maps_a_step_to_its_part_of_the_whole() -> None:
    reported: list[float] = []
    step = portion(reported.append, 0.2, 0.6)
    for share in (0.0, 0.5, 1.0):
        step(share)
    assert reported == pytest.approx([0.2, 0.4, 0.6])
