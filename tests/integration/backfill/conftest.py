"""A deployment and an archive beside it: moto within this process, everything else as it is deployed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from archive import Archive
from moto import mock_aws

from syncline.aws.bucket import Bucket
from syncline.aws.deployment import Deployment, connect
from syncline.aws.settings import Settings
from syncline.local.moto_server import make_transactions_cheap
from syncline.local.provision import provision
from syncline.local.stack import aws_environment, in_environment


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    environment = aws_environment("unused") | {"AWS_EC2_METADATA_DISABLED": "true"}
    del environment["AWS_ENDPOINT_URL"]
    make_transactions_cheap()
    with mock_aws(), in_environment(environment):
        yield connect(provision(Settings()))


@pytest.fixture
def archive(deployment: Deployment) -> Archive:
    s3 = deployment.bucket.client
    name = f"tapes-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=name)
    made = Archive(deployment, Bucket(s3, name))
    made.messages()  # of the test before
    return made
