"""Generated requests against the OpenAPI document: no crash, and no undocumented response."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from reception_world import TOKEN, World

from lambdas.status import make_app
from lambdas.web.services import Services
from syncline.jobs.intake import Intake
from syncline.local.function_url import FunctionUrlServer
from syncline.local.stack import free_port

TOOL = Path(sys.executable).parent / "schemathesis"


@pytest.fixture
def url(world: World, services: Services) -> Iterator[str]:
    world.upload("talk.txt", b"Guten Tag")
    Intake(world.deployment).object_created(world.upload("talk.wav"))
    running = FunctionUrlServer(make_app(services), port=free_port(), function_name="status")
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()


def run(url: str, folder: Path, *, examples: int, phases: str) -> subprocess.CompletedProcess[str]:
    command = [
        *(str(TOOL), "run", f"{url}/openapi.json", "-H", f"Authorization: Bearer {TOKEN}"),
        # A schema cannot express every rule for names and language codes, so the server refuses some valid requests.
        *("--checks", "all", "--exclude-checks", "positive_data_acceptance", "--phases", phases),
        *("--max-examples", str(examples), "--seed", "1", "--workers", "1"),
        *("--generation-database", "none", "--suppress-health-check", "all", "--no-color"),
    ]
    clean = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    return subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True, timeout=280, check=False)


def test_responses_match_the_openapi_document(url: str, tmp_path: Path) -> None:
    done = run(url, tmp_path, examples=5, phases="examples,fuzzing")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_responses_match_the_openapi_document_in_depth(url: str, tmp_path: Path) -> None:
    done = run(url, tmp_path, examples=150, phases="examples,coverage,fuzzing")
    assert done.returncode == 0, done.stdout + done.stderr
