"""A deployment and an archive beside it: an implementation of AWS, everything else as it is deployed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from archive import Archive

from syncline.aws.bucket import Bucket
from syncline.aws.deployment import Deployment, connect
from syncline.aws.settings import Settings
from syncline.local.moto_server import make_transactions_cheap
from syncline.local.provision import provision
from tests.local_aws import empty_account


@pytest.fixture(scope="module")
def deployment(account_url: str | None) -> Iterator[Deployment]:
    make_transactions_cheap()
    with empty_account(account_url):
        yield connect(provision(Settings()))


@pytest.fixture
def archive(deployment: Deployment) -> Archive:
    s3 = deployment.bucket.client
    name = f"tapes-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=name)
    made = Archive(deployment, Bucket(s3, name))
    made.messages()  # of the test before
    return made
