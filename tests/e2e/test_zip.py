"""The zip of the functions, unpacked and run as Lambda runs it, with events in AWS's shape."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scripts import make_zip
from syncline.aws.settings import as_environment
from syncline.core import message as messages
from syncline.core import transitions
from syncline.core.errors import EngineError
from syncline.core.job import State
from syncline.local.event_source import EventSource
from syncline.local.function_url import payload
from syncline.local.stack import aws_environment
from tests.e2e import lambda_runtime
from tests.e2e.lambda_runtime import Function, FunctionError
from tests.local_aws import LocalAws, local_aws, moto_server, short_recording, wait_for

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
RUNTIME = ROOT / "build" / "lambda-runtime"  # what AWS's runtime brings: Python, boto3 and the runtime client
MOST_BYTES = 15_000_000
TOKEN = "open-sesame-open-sesame"


@pytest.fixture(scope="module")
def zips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run([sys.executable, str(ROOT / "scripts" / "make_zip.py"), "--into", str(folder)], check=False)
    assert done.returncode == 0
    return {name: folder / f"syncline-lambdas-{name}.zip" for name in make_zip.PLATFORMS}


@pytest.fixture(scope="module")
def runtime_python() -> Path:
    python = RUNTIME / "bin" / "python"
    if not (RUNTIME / "ready").exists():
        subprocess.run([make_zip.find_python(), "-m", "venv", "--clear", str(RUNTIME)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "boto3", "awslambdaric>=3,<5"], check=True)
        (RUNTIME / "ready").touch()
    return python


@pytest.fixture(scope="module")
def task_root(zips: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(zips["x86_64"]) as archive:
        archive.extractall(root)
    return root


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    folder = tmp_path_factory.mktemp("cloud")
    with moto_server(folder) as url, local_aws(folder, url) as made:
        yield made


@pytest.fixture(scope="module")
def environment(cloud: LocalAws) -> dict[str, str]:
    return aws_environment(cloud.url) | as_environment(cloud.settings) | {"SYNCLINE_TOKEN": TOKEN}


@pytest.fixture
def function(
    request: pytest.FixtureRequest, task_root: Path, runtime_python: Path, environment: dict[str, str]
) -> Iterator[Function]:
    handler = f"lambdas.{request.param}.handler"
    with lambda_runtime.running(task_root, handler, python=runtime_python, environment=environment) as running:
        yield running


def names(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def test_there_is_a_small_zip_for_each_architecture(zips: dict[str, Path]) -> None:
    assert all(path.stat().st_size < MOST_BYTES for path in zips.values())
    assert all("lambdas/reception.py" in names(path) for path in zips.values())


def test_the_same_sources_give_the_same_bytes(zips: dict[str, Path], tmp_path: Path) -> None:
    again = make_zip.build("arm64", make_zip.find_python(), tmp_path)
    assert again.read_bytes() == zips["arm64"].read_bytes()


def test_the_zip_has_no_unneeded_packages(zips: dict[str, Path]) -> None:
    packages = {name.split("/")[0] for name in names(zips["x86_64"])}
    assert not packages & {"boto3", "botocore", "worker", "numpy", "pydantic", "prompt_toolkit", "pycurl"}
    ours = {name for name in names(zips["x86_64"]) if name.startswith("syncline/") and name.endswith(".py")}
    assert not {name for name in ours if name.startswith(("syncline/cli", "syncline/local"))}


def test_every_source_is_compiled(zips: dict[str, Path]) -> None:
    found = set(names(zips["x86_64"]))
    sources = [Path(name) for name in found if name.endswith(".py")]
    assert sources
    assert not [
        s for s in sources if f"{s.parent}/__pycache__/{s.stem}.cpython-312.pyc".removeprefix("./") not in found
    ]


@pytest.mark.parametrize("function", ["reception"], indirect=True)
def test_uploads_become_jobs_through_real_notifications(function: Function, cloud: LocalAws) -> None:
    bucket, s3 = cloud.settings.bucket, cloud.deployment.bucket.client
    s3.put_object(Bucket=bucket, Key="uploads/Zoë + 100%.txt", Body=b"Guten Tag")
    s3.put_object(Bucket=bucket, Key="uploads/Zoë + 100%.wav", Body=short_recording())
    cloud.sqs.send_message(QueueUrl=cloud.settings.ingest_queue, MessageBody="malformed")
    source = EventSource(cloud.sqs, cloud.settings.need("ingest_queue"), "reception", lambda e, _: function.invoke(e))
    wait_for(lambda: source.poll_once() == 0, seconds=20, what="an empty ingest queue")
    job = cloud.job("Zoë + 100%")
    assert (job.state, job.message_sent) == (State.QUEUED, True)
    assert cloud.messages(cloud.settings.live_queue) == 1
    assert cloud.messages(cloud.settings.ingest_queue) == 1  # only the malformed message


@pytest.mark.parametrize("function", ["dead_letters"], indirect=True)
def test_a_dead_letter_fails_its_job(function: Function, cloud: LocalAws) -> None:
    job = cloud.drop("dead", "Guten Tag")
    received = cloud.sqs.receive_message(QueueUrl=cloud.settings.live_queue, MaxNumberOfMessages=10)["Messages"]
    [body] = [item["Body"] for item in received if messages.read(item["Body"]).job_id == job.job_id]
    answers: list[Any] = []
    queue = cloud.settings.need("live_dead_letters")
    source = EventSource(cloud.sqs, queue, "dead_letters", lambda event, _: ask(function, event, answers))
    cloud.sqs.send_message(QueueUrl=cloud.settings.live_dead_letters, MessageBody=body)
    wait_for(source.poll_once, seconds=20, what="a dead letter")
    assert answers == [{"batchItemFailures": []}]
    assert (cloud.job("dead").error or {})["code"] == "dead_letter"


def ask(function: Function, event: dict[str, Any], answers: list[Any]) -> Any:
    answers.append(function.invoke(event))
    return answers[-1]


@pytest.mark.parametrize("function", ["status"], indirect=True)
def test_the_status_url_answers(function: Function, cloud: LocalAws) -> None:
    job = cloud.drop("asked", "Guten Tag")

    def get(path: str, token: str = TOKEN) -> tuple[int, dict[str, Any]]:
        answer = function.invoke(payload("GET", path, {"authorization": f"Bearer {token}"}, b""))
        return answer["statusCode"], json.loads(answer["body"])

    assert get("/health", token="")[1]["table"] is True
    assert get(f"/jobs/{job.job_id}")[1]["state"] == "QUEUED"
    assert get(f"/jobs/{job.job_id}", token="wrong")[0] == 401
    assert "/jobs" in get("/openapi.json")[1]["paths"]
    cloud.deployment.store.put(transitions.failed(job, EngineError("no"), now=datetime.now(UTC)))
    again = function.invoke(payload("POST", f"/jobs/{job.job_id}/retry", {"authorization": f"Bearer {TOKEN}"}, b""))
    assert again["statusCode"] == 202


@pytest.mark.parametrize("function", ["status"], indirect=True)
def test_browsers_get_pages_and_their_static_files(function: Function, cloud: LocalAws) -> None:
    job = cloud.drop("seen", "Guten Tag")
    host = {"host": "abc.lambda-url.us-east-1.on.aws", "accept": "text/html"}
    form = {**host, "content-type": "application/x-www-form-urlencoded", "origin": f"https://{host['host']}"}
    answer = function.invoke(payload("POST", "/session", form, f"token={TOKEN}".encode()))
    [cookie] = answer["cookies"]
    assert answer["statusCode"] == 303
    page = function.invoke(payload("GET", f"/jobs/{job.job_id}", {**host, "cookie": cookie.partition(";")[0]}, b""))
    assert (page["statusCode"], page["headers"]["Content-Type"]) == (200, "text/html; charset=utf-8")
    loaded = set(re.findall(r'"(/static/[^"]+)"', page["body"]))
    assert {path.rpartition(".")[2] for path in loaded} == {"css", "js", "svg"}
    for path in loaded:
        name = path.rpartition("/")[2]
        body = function.invoke(payload("GET", path, {}, b""))["body"]
        assert body == (ROOT / "lambdas" / "web" / "page" / "static" / name).read_text(encoding="utf-8")


def test_a_missing_handler_is_an_init_error(task_root: Path, runtime_python: Path, environment: dict[str, str]) -> None:
    with (
        pytest.raises(FunctionError, match="no_such"),
        lambda_runtime.running(task_root, "lambdas.no_such.handler", python=runtime_python, environment=environment),
    ):
        pass
