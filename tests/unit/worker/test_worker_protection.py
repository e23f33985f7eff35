"""Scale-in protection against a small HTTP server that answers as the ECS agent does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ecs_agent import Agent, ecs_agent
from worker.protection import EXPIRES_MINUTES, RENEW_SECONDS, ScaleInProtection


@pytest.fixture
def agent() -> Iterator[Agent]:
    with ecs_agent() as running:
        yield running


def test_only_changes_are_sent(agent: Agent) -> None:
    protection = ScaleInProtection.from_environment({"ECS_AGENT_URI": agent.address})
    for enabled in (False, True, True, False, False):
        protection.set(enabled)

    assert agent.said == [{"ProtectionEnabled": True, "ExpiresInMinutes": 15}, {"ProtectionEnabled": False}]


def test_it_is_renewed_while_jobs_run(agent: Agent) -> None:
    protection = ScaleInProtection(agent.address, renew_seconds=0.0)
    protection.set(True)
    protection.set(True)

    assert [state["ProtectionEnabled"] for state in agent.said] == [True, True]


def test_two_renewals_may_fail_before_it_expires() -> None:
    assert 3 * RENEW_SECONDS <= EXPIRES_MINUTES * 60


def test_a_refusal_is_tried_again(agent: Agent, caplog: pytest.LogCaptureFixture) -> None:
    protection = ScaleInProtection(agent.address)
    agent.answer = {"failure": {"Reason": "DEPLOYMENT_BLOCKED"}}
    protection.set(True)
    agent.answer = {}
    protection.set(True)
    protection.set(True)

    assert len(agent.said) == 2
    assert "DEPLOYMENT_BLOCKED" in caplog.text


def test_an_unreachable_agent_is_only_logged(caplog: pytest.LogCaptureFixture) -> None:
    ScaleInProtection("http://127.0.0.1:9").set(True)

    assert "could not set scale-in protection" in caplog.text


def test_outside_of_ecs_nothing_is_sent(caplog: pytest.LogCaptureFixture) -> None:
    ScaleInProtection.from_environment({}).set(True)

    assert not caplog.text
