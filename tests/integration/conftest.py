from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local_aws import LocalAws, local_aws, moto_server


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with moto_server(tmp_path_factory.mktemp("moto")) as url:
        yield url


@pytest.fixture
def stack(tmp_path: Path, moto: str) -> Iterator[LocalAws]:
    with local_aws(tmp_path, moto) as running:
        yield running
