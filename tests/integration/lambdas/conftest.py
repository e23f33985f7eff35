"""A deployment of its own for every module: moto within this process, everything else as it is deployed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest
from moto import mock_aws
from reception_world import TOKEN, Browser, Url, World

import lambdas.startup
from syncline.aws import settings
from syncline.aws.deployment import Deployment, connect
from syncline.aws.settings import Settings
from syncline.local.event_source import Context
from syncline.local.provision import provision
from syncline.local.stack import aws_environment, in_environment


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    environment = aws_environment("unused") | {"AWS_EC2_METADATA_DISABLED": "true"}
    del environment["AWS_ENDPOINT_URL"]
    with mock_aws(), in_environment(environment):
        made = replace(provision(Settings()), token=TOKEN)
        with in_environment(environment | settings.as_environment(made)):
            lambdas.startup.deployment.cache_clear()
            yield connect(made)
    lambdas.startup.deployment.cache_clear()


@pytest.fixture
def world(deployment: Deployment) -> World:
    return World(deployment, uuid.uuid4().hex[:8])


@pytest.fixture
def context() -> Context:
    return Context("reception")


@pytest.fixture
def url(deployment: Deployment) -> Url:
    return Url(deployment)


@pytest.fixture
def browser(url: Url) -> Browser:
    """Signed in."""
    made = Browser(url)
    assert made.sign_in()["statusCode"] == 303
    return made
