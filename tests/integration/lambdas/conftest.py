"""A deployment for every test module: an implementation of AWS, everything else as in production."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest
from reception_world import TOKEN, Browser, Clock, Url, World

import lambdas.startup
from lambdas.web import tokens
from lambdas.web.services import Services
from syncline.aws import settings
from syncline.aws.deployment import Deployment, connect
from syncline.aws.settings import Settings
from syncline.jobs.job_view import Paces
from syncline.local.event_source import Context
from syncline.local.provision import provision
from syncline.local.stack import in_environment
from tests.local_aws import empty_account


@pytest.fixture(scope="module")
def deployment(account_url: str | None) -> Iterator[Deployment]:
    with empty_account(account_url) as environment:
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
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services(deployment: Deployment, clock: Clock) -> Services:
    return Services(deployment, tokens.fixed(TOKEN), Paces(deployment.store), clock)


@pytest.fixture
def url(services: Services) -> Url:
    return Url(services)


@pytest.fixture
def browser(url: Url) -> Browser:
    """A browser that is signed in."""
    made = Browser(url)
    assert made.sign_in()["statusCode"] == 303
    return made
