"""No upload blocks a worker: hostile transcripts run in a real worker while it measures its longest wait."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncline.core.job import Job, State
from tests import hostile_uploads
from tests.local_aws import LocalAws, WorkerProcess, wait_for

LONGEST_WAIT_SECONDS = 0.1
PROGRAM = str(Path(__file__).parents[2] / "watched_worker.py")
# The short form: what takes one call of a native library long, and what is large.
SHORT = ("runs of quotation marks", "combining marks", "white space")


@pytest.fixture
def watched(stack: LocalAws) -> WorkerProcess:
    worker = stack.start_worker((PROGRAM, str(stack.folder / "longest.json"), "--wait-seconds", "1"))
    stack.drop("first", hostile_uploads.WORDS)  # loads what every first job loads
    stack.wait_final("first", seconds=120)
    (stack.folder / "longest.json").unlink()
    return worker


def longest_wait(stack: LocalAws) -> tuple[float, str]:
    found = json.loads((stack.folder / "longest.json").read_text())
    return found["seconds"], found["doing"]


def run_all(stack: LocalAws, texts: dict[str, str], *, seconds: float) -> list[Job]:
    for number, (name, text) in enumerate(texts.items()):
        stack.drop(name, text, **hostile_uploads.options_of(number))
    stack.drop("innocent", hostile_uploads.WORDS)
    return [stack.wait_final(name, seconds=seconds) for name in (*texts, "innocent")]


def check(stack: LocalAws, texts: dict[str, str], *, seconds: float) -> None:
    *jobs, innocent = run_all(stack, texts, seconds=seconds)

    assert innocent.state is State.SUCCEEDED
    for job in jobs:
        assert job.state is State.SUCCEEDED or (job.error is not None and job.error["message"] and job.error["hint"])
        assert job.error is None or job.error["code"] != "internal", (job.recording_key, job.error)
        assert job.attempts <= 1
    waited, doing = longest_wait(stack)
    assert waited < LONGEST_WAIT_SECONDS, doing
    wait_for(stack.empty, seconds=10, what="empty queues")


def test_hostile_uploads_do_not_block_a_worker(stack: LocalAws, watched: WorkerProcess) -> None:
    fuzzed = dict(hostile_uploads.fuzzed(1, 3, characters=10_000))
    check(stack, {**{name: hostile_uploads.ACCEPTED[name] for name in SHORT}, **fuzzed}, seconds=120)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_every_hostile_upload_leaves_the_worker_responsive(stack: LocalAws, watched: WorkerProcess, seed: int) -> None:
    fuzzed = dict(hostile_uploads.fuzzed(seed, 12, characters=100_000))
    check(stack, {**hostile_uploads.ACCEPTED, **fuzzed}, seconds=1_200)


@pytest.mark.parametrize("name", hostile_uploads.REFUSED)
def test_what_no_transcript_contains_is_refused_by_the_reception(stack: LocalAws, name: str) -> None:
    job = stack.drop(name, hostile_uploads.REFUSED[name], queue=None)

    assert job.state is State.REJECTED
    assert job.error is not None
    assert job.error["code"] in {"punctuation_too_long", "word_too_long", "line_too_long", "transcript_too_long"}
