"""The worker as a Lambda function: jobs straight from the queue, in a process without semaphores."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from syncline.aws.settings import as_environment
from syncline.core.alignment import from_json
from syncline.core.job import State
from syncline.local.stack import aws_environment
from tests.local_aws import SAMPLES, LocalAws

# Lambda's kernel has no named semaphores: every lock, queue and pool of multiprocessing fails as it does here.
WITHOUT_SEMAPHORES = """
import _multiprocessing, errno, os, sys
def fails(*_, **__):
    raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
fails._rand_name = staticmethod(lambda: "none")
fails.SEM_VALUE_MAX = _multiprocessing.SemLock.SEM_VALUE_MAX
_multiprocessing.SemLock = fails
"""

# What docker/requirements-lambda.txt leaves out.
WITHOUT_THE_REST = """
for name in ("celery", "ctranslate2", "kombu", "pycurl", "rich", "sentencepiece", "transformers", "typer"):
    sys.modules[name] = None
"""

INVOKE = """
import sys
from syncline.aws import clients
from syncline.local.event_source import EventSource
from lambdas import align
class Context:
    def get_remaining_time_in_millis(self):
        return 120_000
handler = lambda event, _: align.handler(event, Context())
source = EventSource(clients.client("sqs"), sys.argv[1], "align", handler, wait_seconds=0)
print("received", source.poll_once())
"""

PROVE = """
import multiprocessing
try:
    multiprocessing.Lock()
except OSError as error:
    print("no semaphores:", error.strerror)
"""


def run(stack: LocalAws, script: str, *arguments: str, **environment: str) -> str:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "SYNCLINE_"))}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_SEMAPHORES + WITHOUT_THE_REST + script, *arguments],
        env=kept | aws_environment(stack.url) | as_environment(stack.settings) | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def hello(stack: LocalAws) -> LocalAws:
    recording = (SAMPLES / "hello.wav").read_bytes()
    stack.drop("hello", (SAMPLES / "hello.txt").read_text(), recording=recording)
    return stack


def test_the_stage_is_set_without_semaphores(stack: LocalAws) -> None:
    assert run(stack, PROVE) == "no semaphores: Function not implemented\n"


def test_a_job_is_aligned_without_any_semaphore(hello: LocalAws) -> None:
    assert run(hello, INVOKE, hello.settings.need("live_queue")).endswith("received 1\n")
    job = hello.job("hello")
    assert job.state is State.SUCCEEDED, job.error
    aligned = from_json(hello.results("hello")["alignment.json"])
    assert len(aligned.spoken) == 23
    assert hello.empty()


def test_a_job_that_wants_a_translation_keeps_its_alignment_and_fails_with_the_reason(stack: LocalAws) -> None:
    stack.drop("hello", "Hello, world!", translate_to=["fr"])
    run(stack, INVOKE, stack.settings.need("live_queue"))
    job = stack.job("hello")
    assert job.state is State.FAILED
    assert job.error is not None and job.error["code"] == "model_missing"
    assert "alignment.json" in stack.results("hello")


def test_what_is_no_job_stays_for_the_dead_letters(stack: LocalAws) -> None:
    url = stack.settings.need("live_queue")
    stack.sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"Records": []}))
    assert run(stack, INVOKE, url) == "received 1\n"
    assert stack.messages(url) == 1


def test_a_job_that_would_outlast_the_function_ends_with_a_reason(hello: LocalAws) -> None:
    endless = "from syncline.pipeline import stages; import time\nstages.Stages.run = lambda _: time.sleep(5)\n"
    run(hello, endless + INVOKE, hello.settings.need("live_queue"), SYNCLINE_JOB_SECONDS="1")
    job = hello.job("hello")
    assert job.state is State.FAILED
    assert job.error is not None and job.error["code"] == "time_limit"
