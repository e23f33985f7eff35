"""The implementations of AWS: moto by default, MiniStack with TEST_AWS=ministack (`make test-ministack`)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import ministack as mini
from tests.local_aws import LocalAws, local_aws, moto_server

ALL_ON_MINISTACK = os.environ.get("TEST_AWS") == "ministack"


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not mini.PROGRAM.exists():
        pytest.skip(mini.MISSING)
    with mini.ministack_server(tmp_path_factory.mktemp("ministack")) as url:
        yield url


@pytest.fixture(scope="session")
def moto(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server: of moto, unless all tests run on MiniStack."""
    if ALL_ON_MINISTACK:
        yield request.getfixturevalue("ministack")
        return
    with moto_server(tmp_path_factory.mktemp("moto")) as url:
        yield url


@pytest.fixture(scope="session")
def account_url(request: pytest.FixtureRequest) -> str | None:
    """The argument of `empty_account`: None for moto inside this process."""
    return request.getfixturevalue("ministack") if ALL_ON_MINISTACK else None


@pytest.fixture
def stack(tmp_path: Path, moto: str) -> Iterator[LocalAws]:
    with local_aws(tmp_path, moto) as running:
        yield running
