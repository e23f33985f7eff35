"""An AWS account, empty at the start of each module: of moto inside this process, and of MiniStack."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from syncline.aws.deployment import Deployment, connect
from syncline.aws.settings import Settings
from syncline.local.provision import provision
from tests.local_aws import empty_account


@pytest.fixture(scope="module", params=["moto", "ministack"])
def deployment(request: pytest.FixtureRequest) -> Iterator[Deployment]:
    with empty_account(request.getfixturevalue("ministack") if request.param == "ministack" else None):
        yield connect(provision(Settings()))
