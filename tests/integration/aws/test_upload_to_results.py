"""One job on each implementation of AWS, from the forms of POST /jobs to its results, with programs as they are run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from syncline.aws.settings import as_environment
from syncline.core.job import State, job_id_of
from syncline.local.stack import TOY_MODEL, aws_environment, free_port
from tests.local_aws import SAMPLES, LocalAws, answers, local_aws, wait_for

TOKEN = "open-sesame-open-sesame"
API = Path(__file__).parents[3] / "docs/api.md"
KEY = "uploads/lessons/hello.wav"


@pytest.fixture(params=["moto", "ministack"])
def stack(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LocalAws]:
    with local_aws(tmp_path, request.getfixturevalue(request.param), translation_model=TOY_MODEL) as running:
        yield running


@pytest.fixture
def status_url(stack: LocalAws) -> Iterator[str]:
    """The functions, in one process."""
    url = f"http://127.0.0.1:{free_port()}"
    own = as_environment(replace(stack.settings, token=TOKEN)) | aws_environment(stack.url)
    functions = subprocess.Popen(
        [sys.executable, "-m", "lambdas.local_server", url.rpartition(":")[2]], env={**os.environ, **own}
    )
    wait_for(lambda: answers(f"{url}/health"), seconds=30, what="the functions")
    yield url
    functions.kill()
    functions.wait()


def printed_commands() -> str:
    """The commands of the section on upload forms, as a reader would type them."""
    [section] = re.findall(r"^## Create upload forms\n(.*?)^## ", API.read_text(), re.MULTILINE | re.DOTALL)
    blocks = re.findall(r"^```console\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    commands = [line for block in blocks for line in re.findall(r"^\$ ((?:.*\\\n)*.*)$", block, re.MULTILINE)]
    return "\n".join(commands)


def test_the_printed_commands_upload_a_job_that_succeeds(stack: LocalAws, status_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "typed"
    folder.mkdir()
    for name in ("hello.wav", "hello.txt"):
        (folder / name).symlink_to(SAMPLES / name)
    environment = {**os.environ, "SYNCLINE_TOKEN": TOKEN, "SYNCLINE_STATUS_URL": status_url}

    typed = subprocess.run(
        ["bash", "-e", "-c", printed_commands()], cwd=folder, env=environment, capture_output=True, text=True
    )

    assert typed.returncode == 0, typed.stdout + typed.stderr
    stack.start_worker(("-m", "worker", "--wait-seconds", "1", "--exit-with-parent"))
    job_id = job_id_of(stack.deployment.bucket.name, KEY)
    wait_for(lambda: (job := stack.deployment.store.get(job_id)) and job.final, seconds=90, what="the end of the job")
    job = stack.deployment.store.get(job_id)
    assert job is not None
    assert (job.state, job.error, job.options["translate_to"]) == (State.SUCCEEDED, None, ["ja"])
    files = {stored.key.rpartition("/")[2] for stored in stack.deployment.bucket.list("results/lessons/hello.wav/")}
    assert {"alignment.json", "captions.en.vtt", "translation.ja.json", "job.json"} <= files


def test_plain_form_fields_of_curl_are_accepted(stack: LocalAws, status_url: str, tmp_path: Path) -> None:
    for suffix in ("txt", "srt", "vtt"):
        wanted = {"name": f"{suffix}.mp3", "bytes": 3, "transcript_bytes": 3, "transcript_format": suffix}
        recording, transcript = post(status_url, wanted)["uploads"]
        (tmp_path / "file").write_bytes(b"abc")
        for form in (recording, transcript):
            fields = [part for item in form["fields"].items() for part in ("-F", "=".join(item))]
            command = ["curl", "--silent", "--fail-with-body", *fields, "-F", f"file=@{tmp_path}/file", form["url"]]
            sent = subprocess.run(command, capture_output=True, text=True)
            assert sent.returncode == 0, sent.stdout


def post(status_url: str, wanted: dict[str, object]) -> dict[str, list[dict[str, dict[str, str]]]]:
    command = [
        "curl",
        "--silent",
        "-H",
        f"Authorization: Bearer {TOKEN}",
        f"{status_url}/jobs",
        "-d",
        json.dumps(wanted),
    ]
    return dict(json.loads(subprocess.run(command, capture_output=True, check=True).stdout))
