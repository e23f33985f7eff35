"""The aligner as a Lambda function: jobs straight from the queue, in a process without semaphores."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from lambdas.align import Aligner
from syncline.aws.settings import as_environment
from syncline.core.alignment import Alignment, from_json
from syncline.core.errors import TransientError
from syncline.core.job import State
from syncline.core.progress import Progress
from syncline.local.event_source import EventSource, Handler
from syncline.local.stack import aws_environment
from syncline.media.audio import Audio
from syncline.speech.engine import AlignmentOptions
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


def test_the_test_process_has_no_semaphores(stack: LocalAws) -> None:
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


def test_an_unrecognised_message_stays_for_the_dead_letters(stack: LocalAws) -> None:
    url = stack.settings.need("live_queue")
    stack.sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"Records": []}))
    assert run(stack, INVOKE, url) == "received 1\n"
    assert stack.messages(url) == 1


class SlowEngine:
    """Reports progress for `seconds`, as an engine does between two windows."""

    name, version = "pocketsphinx", "slow"

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def align(self, audio: Audio, transcript: str, options: AlignmentOptions, progress: Progress) -> Alignment:
        ends_at = time.monotonic() + self._seconds
        while time.monotonic() < ends_at:
            progress(0.5)
            time.sleep(0.01)
        return Alignment(transcript, (), {"engine": self.name, "engine_version": self.version})

    def transcribe(self, audio: Audio, options: AlignmentOptions, progress: Progress) -> Alignment:
        raise NotImplementedError


class ThrottledEngine(SlowEngine):
    def align(self, audio: Audio, transcript: str, options: AlignmentOptions, progress: Progress) -> Alignment:
        raise TransientError("AWS answered SlowDown.")


def aligner(stack: LocalAws, engine: SlowEngine, *, job_seconds: int = 1800, tick_seconds: float = 1.0) -> Aligner:
    settings = replace(stack.settings, job_seconds=job_seconds)
    deployment = replace(stack.deployment, settings=settings)
    return Aligner(deployment, create_engine=lambda name: engine, tick_seconds=tick_seconds)


def receive(stack: LocalAws, handle: Handler, *, records: int) -> None:
    """Let Lambda's event source call the aligner until it has seen so many records."""
    source = EventSource(stack.sqs, stack.settings.need("live_queue"), "align", handle, wait_seconds=0)
    received = 0
    while received < records:
        received += source.poll_once()


def handler_of(aligner: Aligner, *, seconds_left: float = 100.0) -> Handler:
    def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
        kept = aligner.handle(event["Records"], seconds_left=lambda: seconds_left)
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in kept]}

    return handle


def test_a_job_that_would_outlast_the_function_ends_with_a_reason(stack: LocalAws) -> None:
    stack.drop("slow", "Hello")
    receive(stack, handler_of(aligner(stack, SlowEngine(60), job_seconds=1, tick_seconds=0.05)), records=1)
    job = stack.job("slow")
    assert job.state is State.FAILED
    assert job.error is not None and job.error["code"] == "time_limit"


def test_a_record_that_comes_too_late_in_an_invocation_is_not_started(stack: LocalAws) -> None:
    stack.drop("late", "Hello")
    receive(stack, handler_of(aligner(stack, SlowEngine(0)), seconds_left=0.0), records=1)
    assert (stack.job("late").state, stack.job("late").attempts) == (State.QUEUED, 0)
    assert stack.messages(stack.settings.live_queue) == 1


def test_a_transient_failure_delays_the_message(stack: LocalAws) -> None:
    stack.drop("throttled", "Hello")
    # The queue alone would show the message again at once.
    stack.sqs.set_queue_attributes(QueueUrl=stack.settings.live_queue, Attributes={"VisibilityTimeout": "0"})
    receive(stack, handler_of(aligner(stack, ThrottledEngine(0))), records=1)
    assert (stack.job("throttled").state, stack.job("throttled").attempts) == (State.QUEUED, 1)
    assert "Messages" not in stack.sqs.receive_message(QueueUrl=stack.settings.live_queue)
    assert stack.messages(stack.settings.live_queue) == 1


def test_a_long_job_logs_no_error(stack: LocalAws, caplog: pytest.LogCaptureFixture) -> None:
    """The heartbeat of the worker gives up after 60 ticks without a consumer; the function has no consumer."""
    stack.drop("long", "Hello")
    with caplog.at_level(logging.INFO):
        receive(stack, handler_of(aligner(stack, SlowEngine(2), tick_seconds=0.01)), records=1)

    assert stack.job("long").state is State.SUCCEEDED
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_running_job_keeps_its_lease_and_its_message(stack: LocalAws) -> None:
    """The job takes longer than the lease and the queue's visibility timeout of the test's deployment."""
    stack.drop("long", "Hello")
    seconds = 1.5 * stack.settings.lease_seconds
    with ThreadPoolExecutor() as threads:
        running = threads.submit(receive, stack, handler_of(aligner(stack, SlowEngine(seconds))), records=1)
        stack.wait_running("long")
        received = []
        while not running.done():
            received += stack.sqs.receive_message(QueueUrl=stack.settings.live_queue, WaitTimeSeconds=1).get(
                "Messages", []
            )
        running.result()

    assert not received
    assert (stack.job("long").state, stack.job("long").attempts) == (State.SUCCEEDED, 1)


def test_a_record_that_raises_fails_alone(stack: LocalAws) -> None:
    for name in ("first", "second", "third"):
        stack.drop(name, "Hello")
    handle = handler_of(aligner(stack, SlowEngine(0)))
    broken: list[str] = []

    def break_one(event: dict[str, Any], context: Any) -> dict[str, Any]:
        if not broken:
            broken.append(event["Records"][0]["messageId"])
            del event["Records"][0]["eventSourceARN"]
        report: dict[str, Any] = handle(event, context)
        received = {record["messageId"] for record in event["Records"]}
        assert [item["itemIdentifier"] for item in report["batchItemFailures"]] == sorted(received & set(broken))
        return report

    stack.sqs.set_queue_attributes(QueueUrl=stack.settings.live_queue, Attributes={"VisibilityTimeout": "600"})
    receive(stack, break_one, records=3)

    states = sorted(stack.job(name).state for name in ("first", "second", "third"))
    assert states == [State.QUEUED, State.SUCCEEDED, State.SUCCEEDED]
    assert stack.messages(stack.settings.live_queue) == 1
