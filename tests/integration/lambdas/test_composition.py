"""The status function as its handler composes it from the environment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from reception_world import TOKEN

import lambdas.startup
from lambdas import status
from lambdas.web.services import compose
from syncline.aws.deployment import Deployment
from syncline.local.event_source import Context
from syncline.local.function_url import payload


@pytest.fixture
def fresh(deployment: Deployment) -> Iterator[None]:
    """An execution environment that has not yet handled an event."""
    lambdas.startup.deployment.cache_clear()
    status.connected_app.cache_clear()
    yield
    lambdas.startup.deployment.cache_clear()
    status.connected_app.cache_clear()


def get(path: str) -> tuple[int, dict[str, Any]]:
    event = payload("GET", path, {"authorization": f"Bearer {TOKEN}"}, b"")
    answer = status.handler(event, Context("status"))
    return answer["statusCode"], json.loads(answer["body"])


def test_the_handler_reads_the_environment_once(fresh: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert get("/jobs?state=FAILED")[0] == 200
    monkeypatch.setenv("SYNCLINE_TABLE", "no-such-table")
    assert get("/jobs?state=FAILED")[0] == 200


@pytest.mark.parametrize(
    ("variable", "value", "named"), [("SYNCLINE_TOKEN", "x" * 15, "SYNCLINE_TOKEN"), ("SYNCLINE_TABEL", "t", "TABEL")]
)
def test_a_bad_setting_is_an_answer_and_no_crash(
    variable: str, value: str, named: str, fresh: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    status_code, problem = get("/health")
    assert (status_code, problem["code"]) == (500, "invalid_settings")
    assert named in problem["detail"]


def test_the_token_is_read_from_its_secret(deployment: Deployment) -> None:
    secret = boto3.client("secretsmanager").create_secret(Name="status-token", SecretString="s" * 16)["ARN"]
    settings = replace(deployment.settings, token=None, token_secret=secret)
    made = compose(replace(deployment, settings=settings)).tokens
    assert made is not None
    assert made.accept("s" * 16)
    assert not made.accept(TOKEN)


def test_without_any_token_the_function_relies_on_aws(deployment: Deployment) -> None:
    assert compose(replace(deployment, settings=replace(deployment.settings, token=None))).tokens is None
