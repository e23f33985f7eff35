from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from worker.garbage import BUSY_SECONDS, IDLE_SECONDS, GarbageCollection


@pytest.fixture
def collections() -> Iterator[list[str]]:
    before = gc.get_threshold()
    yield []
    gc.set_threshold(*before)
    gc.unfreeze()


def test_the_oldest_generation_waits_until_the_worker_is_idle(collections: list[str]) -> None:
    garbage = GarbageCollection(lambda: collections.append("collected"))
    garbage.take_over(1_000.0)

    garbage.tick(1_000.0 + IDLE_SECONDS, busy=True)
    assert not collections
    garbage.tick(1_001.0 + IDLE_SECONDS, busy=False)
    garbage.tick(1_002.0 + IDLE_SECONDS, busy=False)
    assert collections == ["collected"]
    garbage.tick(1_001.0 + IDLE_SECONDS + BUSY_SECONDS, busy=True)
    assert collections == ["collected"] * 2


def test_python_collects_only_the_younger_generations_by_itself(collections: list[str]) -> None:
    GarbageCollection().take_over(0.0)
    before = gc.get_stats()

    kept = [[number] for number in range(500_000)]

    after = gc.get_stats()
    assert after[1]["collections"] > before[1]["collections"]
    assert after[2]["collections"] == before[2]["collections"], len(kept)
