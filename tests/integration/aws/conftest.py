"""An AWS account inside this process, empty at the start of each module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto import mock_aws

from syncline.aws.deployment import Deployment, connect
from syncline.aws.settings import Settings
from syncline.local.provision import provision
from syncline.local.stack import aws_environment, in_environment


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    environment = aws_environment("unused") | {"AWS_EC2_METADATA_DISABLED": "true"}
    del environment["AWS_ENDPOINT_URL"]
    with mock_aws(), in_environment(environment):
        yield connect(provision(Settings()))
