"""The short form of `make chaos`."""

from __future__ import annotations

from pathlib import Path

from tests.chaos.storm import Storm


def test_a_short_storm_loses_nothing(tmp_path: Path) -> None:
    storm = Storm(jobs=40, seed=20, folder=tmp_path, seconds=30)

    assert storm.run() == []
    assert storm.counts["jobs SUCCEEDED"] >= 35, storm.counts
