"""Scale-in protection against a small HTTP server that answers as the ECS agent does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ecs_agent import Agent, ecs_agent
from worker import protection
from worker.protection import Protection


@pytest.fixture
def agent() -> Iterator[Agent]:
    with ecs_agent() as running:
        yield running


def test_it_is_on_while_a_job_runs_and_told_once(agent: Agent) -> None:
    found = Protection.of({"ECS_AGENT_URI": agent.address})
    for wanted in (False, True, True, False, False):
        found.set(wanted)

    assert agent.said == [{"ProtectionEnabled": True, "ExpiresInMinutes": 15}, {"ProtectionEnabled": False}]


def test_it_is_renewed_before_it_runs_out(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protection, "RENEWED_AFTER_SECONDS", 0.0)
    found = Protection(agent.address)
    found.set(True)
    found.set(True)

    assert len(agent.said) == 2
    assert protection.RENEWED_AFTER_SECONDS < protection.EXPIRES_MINUTES * 60


def test_a_refusal_is_tried_again(agent: Agent, caplog: pytest.LogCaptureFixture) -> None:
    found = Protection(agent.address)
    agent.answer = {"failure": {"Reason": "DEPLOYMENT_BLOCKED"}}
    found.set(True)
    agent.answer = {}
    found.set(True)
    found.set(True)

    assert len(agent.said) == 2
    assert "DEPLOYMENT_BLOCKED" in caplog.text


def test_an_agent_that_does_not_answer_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    Protection("http://127.0.0.1:9").set(True)

    assert "could not be set" in caplog.text


def test_outside_of_ecs_nobody_is_told() -> None:
    Protection.of({}).set(True)
