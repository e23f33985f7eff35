"""Jobs that exceed their limits: the job ends, the worker goes on."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from syncline.core.job import State
from tests.local_aws import LocalAws, short_recording, wait_for


def test_a_job_that_hangs_fails_at_its_time_limit(stack: LocalAws) -> None:
    worker = stack.start_worker(environment={"SYNCLINE_JOB_SECONDS": "2", "SYNCLINE_JOB_SECONDS_PER_AUDIO_SECOND": "1"})
    stack.drop("hangs", "hang")
    stack.drop("works", "sleep 0")

    job = stack.wait_final("hangs", seconds=40)

    assert job.error is not None
    assert (job.state, job.error["code"], job.attempts) == (State.FAILED, "time_limit", 1)
    assert "SYNCLINE_JOB_SECONDS" in job.error["hint"]
    assert stack.wait_final("works").state is State.SUCCEEDED
    wait_for(lambda: "job.json" in stack.results("hangs"), seconds=30, what="the record in the bucket")
    assert stack.empty()
    assert worker.process.poll() is None


def test_a_full_disk_fails_the_job_and_not_the_worker(stack: LocalAws, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(small)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root can mount a small disk")
    try:
        worker = stack.start_worker(environment={"TMPDIR": str(small)}, ready=False)
        stack.drop("big", "sleep 0", recording=short_recording(9.0) + b"\0" * (4 << 20))
        stack.drop("small", "sleep 0")

        job = stack.wait_final("big", seconds=60)

        assert job.error is not None
        assert (job.state, job.error["code"]) == (State.FAILED, "disk_full")
        assert stack.wait_final("small").state is State.SUCCEEDED
        # The record is final a moment before the worker deletes the job's folder.
        wait_for(lambda: not list(small.glob("syncline-worker-*/job-*")), seconds=30, what="the end of the job folders")
        worker.end(signal.SIGTERM)
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


def test_a_bug_in_an_engine_fails_the_job_and_not_the_worker(stack: LocalAws) -> None:
    worker = stack.start_worker()
    stack.drop("a", "bug")
    stack.drop("b", "sleep 0")

    job = stack.wait_final("a")

    assert job.error is not None
    assert job.error["code"] == "internal"
    assert stack.wait_final("b").state is State.SUCCEEDED
    assert worker.process.poll() is None


def test_an_engine_that_raises_systemexit_costs_no_slot(stack: LocalAws) -> None:
    stack.drop("leaves", "exit")
    worker = stack.start_worker(environment={"SYNCLINE_SLOTS": "1"})
    wait_for(lambda: stack.job("leaves").attempts, seconds=20, what="a try")
    stack.drop("works", "sleep 0")

    assert stack.wait_final("works").state is State.SUCCEEDED
    assert worker.process.poll() is None
    wait_for(lambda: stack.messages(stack.settings.live_queue) == 1, seconds=5, what="one message, for the next try")


def test_a_job_that_kills_its_workers_fails(stack: LocalAws) -> None:
    """Every worker that runs the job dies. The sixth to claim it fails it without running it."""
    job = stack.drop("deadly", "die")
    for _ in range(2):
        worker = stack.start_worker(environment={"SYNCLINE_LEASE_SECONDS": "1"}, ready=False)
        assert worker.process.wait(60) == -signal.SIGKILL
    record = stack.job("deadly")
    assert (record.state, record.attempts) == (State.RUNNING, 2)
    _set_attempts(stack, 5)
    stack.deployment.queue.send(job.job_id, job.revision or "", queue="live")
    stack.start_worker()

    ended = stack.wait_final("deadly", seconds=40)

    assert ended.error is not None
    assert (ended.state, ended.error["code"]) == (State.FAILED, "workers_died")


def _set_attempts(stack: LocalAws, attempts: int) -> None:
    stack.deployment.store.client.update_item(
        TableName=stack.settings.need("table"),
        Key={"job_id": {"S": stack.job("deadly").job_id}},
        UpdateExpression="SET attempts = :n",
        ExpressionAttributeValues={":n": {"N": str(attempts)}},
    )
