"""Scale-in protection against a small HTTP server that answers as the ECS agent does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from worker import protection
from worker.protection import Protection


@dataclass
class Agent:
    address: str
    said: list[dict[str, Any]] = field(default_factory=list)
    answer: dict[str, Any] = field(default_factory=dict)


@pytest.fixture
def agent() -> Iterator[Agent]:
    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            assert self.path == "/api/task-protection/v1/state"
            found.said.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            body = json.dumps(found.answer).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Agent(f"http://127.0.0.1:{server.server_port}/api")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield found
        server.shutdown()
        thread.join()


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
