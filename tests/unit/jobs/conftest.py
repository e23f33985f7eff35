from __future__ import annotations

import pytest

from tests.memory_cloud import MemoryWorld


@pytest.fixture
def world() -> MemoryWorld:
    return MemoryWorld()
