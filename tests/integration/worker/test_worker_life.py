"""A real worker process against a moto server: jobs, stops, deaths and takeovers."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys

import pytest

from syncline.core.job import State
from tests.chaos.proxy import FaultyProxy
from tests.ecs_agent import ecs_agent
from tests.local_aws import LocalAws, alive, wait_for

COMMAND_LINE = ("-c", "from syncline.cli import main; main()")


def test_a_job_runs_and_its_message_is_gone(stack: LocalAws) -> None:
    stack.drop("a", "sleep 0 and some words")
    worker = stack.start_worker()

    job = stack.wait_final("a")

    assert (job.state, job.attempts) == (State.SUCCEEDED, 1)
    wait_for(stack.empty, seconds=5, what="empty queues")
    results = stack.results("a")
    assert {"waveform.dat", "alignment.json", "captions.en.srt", "captions.en.vtt", "job.json"} == set(results)
    assert json.loads(results["job.json"])["state"] == "SUCCEEDED"
    lines = [json.loads(line) for line in worker.log.splitlines() if line.startswith("{")]
    assert all(line["job_id"] == job.job_id for line in lines if line.get("message") in ("started", "succeeded"))
    (metric,) = [line for line in lines if line.get("JobsSucceeded")]
    assert {"QueueWaitSeconds", "AudioSeconds", "AlignSeconds"} <= set(metric)


def test_a_job_longer_than_its_lease_is_run_once(stack: LocalAws) -> None:
    stack.drop("long", "sleep 14")
    workers = [stack.start_worker(), stack.start_worker()]

    job = stack.wait_final("long", seconds=40)

    assert (job.state, job.attempts) == (State.SUCCEEDED, 1)
    assert sum(len(worker.lines("started")) for worker in workers) == 1
    wait_for(stack.empty, seconds=5, what="empty queues")


def test_another_worker_takes_over_the_job_of_a_killed_one(stack: LocalAws) -> None:
    first = stack.start_worker()
    stack.drop("a", "sleep 4")
    stack.wait_running("a")
    children = wait_for(first.children, seconds=30, what="a child, which reads the transcript")
    first.end(signal.SIGKILL)
    stack.start_worker()

    job = stack.wait_final("a", seconds=40)

    assert (job.state, job.attempts) == (State.SUCCEEDED, 2)
    assert children
    assert not any(alive(pid) for pid in children)
    assert not stack.results("a").keys() & {"recording"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_worker_finishes_its_jobs(stack: LocalAws, number: signal.Signals) -> None:
    worker = stack.start_worker()
    stack.drop("a", "sleep 3")
    stack.wait_running("a")

    assert worker.end(number) == 0

    job = stack.job("a")
    assert (job.state, job.attempts) == (State.SUCCEEDED, 1)
    assert stack.empty()
    assert not list(worker.folder.glob("syncline-worker-*"))


def test_a_stopped_worker_hands_back_what_it_cannot_finish_in_time(stack: LocalAws) -> None:
    first = stack.start_worker(environment={"SYNCLINE_STOP_SECONDS": "2"})
    stack.drop("a", "sleep 5")
    stack.wait_running("a")
    second = stack.start_worker()

    assert first.end(signal.SIGTERM) == 0

    job = stack.wait_final("a")
    # A hand-back does not count as an attempt; a lease that expires does.
    assert (job.state, job.attempts) == (State.SUCCEEDED, 1)
    assert second.lines("started")
    assert not list(first.folder.glob("syncline-worker-*"))


def test_ctrl_c_in_a_terminal_ends_no_job(stack: LocalAws) -> None:
    worker = stack.start_worker(environment={"SYNCLINE_STOP_SECONDS": "120"})
    stack.drop("a", "burn 4")
    stack.wait_running("a")
    wait_for(lambda: stack.job("a").stage == "align", seconds=10, what="the alignment")
    assert not stack.job("a").final
    os.killpg(worker.pid, signal.SIGINT)

    assert worker.process.wait(120) == 0

    job = stack.job("a")
    assert (job.state, job.attempts) == (State.SUCCEEDED, 1)


def test_a_second_ctrl_c_hands_back_at_once(stack: LocalAws) -> None:
    worker = stack.start_worker(environment={"SYNCLINE_STOP_SECONDS": "60"})
    stack.drop("a", "sleep 40")
    stack.wait_running("a")
    worker.send(signal.SIGINT)
    wait_for(lambda: worker.lines("stopping"), seconds=5, what="the stop")
    assert worker.process.poll() is None

    assert worker.end(signal.SIGINT, seconds=5) == 0

    job = stack.job("a")
    assert (job.state, job.lease, job.attempts) == (State.QUEUED, None, 0)
    # A poll that the ended worker had under way may still take the message. It comes back after its visibility timeout.
    wait_for(
        lambda: stack.sqs.receive_message(QueueUrl=stack.settings.live_queue).get("Messages"),
        seconds=20,
        what="its message, visible again",
    )


def test_a_stopping_worker_receives_no_new_job(stack: LocalAws) -> None:
    worker = stack.start_worker()
    stack.drop("running", "sleep 4")
    stack.wait_running("running")
    worker.send(signal.SIGTERM)
    wait_for(lambda: worker.lines("stopping"), seconds=5, what="the stop")
    stack.drop("later", "sleep 0")

    assert worker.process.wait(20) == 0

    assert stack.job("later").state is State.QUEUED
    wait_for(lambda: stack.messages(stack.settings.live_queue) == 1, seconds=5, what="its message, kept")
    stack.start_worker()
    assert stack.wait_final("later").state is State.SUCCEEDED


def test_a_starting_worker_deletes_the_folder_of_a_dead_one(stack: LocalAws) -> None:
    first = stack.start_worker()
    stack.drop("a", "sleep 30")
    stack.wait_running("a")
    first.end(signal.SIGKILL)
    left = list(first.folder.glob("syncline-worker-*"))
    assert left

    second = stack.start_worker(environment={"TMPDIR": str(first.folder)}, ready=False)
    wait_for(lambda: second.lines("ready"), seconds=30, what="the next worker")

    assert not any(folder.exists() for folder in left)


def test_a_task_is_protected_from_scale_in_while_it_works(stack: LocalAws) -> None:
    with ecs_agent() as agent:
        stack.start_worker(environment={"ECS_AGENT_URI": agent.address})
        assert not agent.said
        stack.drop("a", "sleep 3")
        stack.wait_final("a")
        wait_for(lambda: len(agent.said) == 2, seconds=5, what="the end of the protection")

    assert [state["ProtectionEnabled"] for state in agent.said] == [True, False]


def test_syncline_worker_becomes_the_worker(stack: LocalAws) -> None:
    worker = stack.start_worker((*COMMAND_LINE, "worker", "--slots", "3", "--processes", "2"))

    (ready,) = worker.lines("ready")

    assert (ready["slots"], ready["processes"]) == (3, 2)
    assert ready["worker"].endswith(f"-{worker.pid}")
    assert worker.end(signal.SIGTERM) == 0


def test_celerys_own_command_line_starts_the_same_worker(stack: LocalAws) -> None:
    worker = stack.start_worker(("-m", "celery", "-A", "worker.app", "worker"))
    stack.drop("hello", "Hello world")

    job = stack.wait_final("hello", seconds=60)

    assert (job.state, job.stats["engine"]) == (State.SUCCEEDED, "pocketsphinx"), job.error
    children = worker.children()
    assert worker.end(signal.SIGTERM) == 0
    assert children
    wait_for(lambda: not any(alive(pid) for pid in children), seconds=10, what="the end of the children")
    wait_for(stack.empty, seconds=5, what="empty queues")


def test_the_health_check_fails_while_the_worker_is_frozen(stack: LocalAws) -> None:
    worker = stack.start_worker()
    environment = {"TMPDIR": str(worker.folder), "PATH": "/usr/bin:/bin"}

    def healthy() -> bool:
        command = [sys.executable, "-m", "worker.liveness"]
        return subprocess.run(command, env=environment, check=False).returncode == 0

    assert healthy()
    liveness_file = worker.folder / "syncline-worker.alive"
    worker.send(signal.SIGSTOP)
    subprocess.run(["touch", "-d", "2 minutes ago", str(liveness_file)], check=True)
    assert not healthy()
    worker.send(signal.SIGCONT)
    wait_for(healthy, seconds=15, what="a touch of the liveness file")


@pytest.mark.slow  # the worker stays unhealthy for a minute before it ends
def test_a_worker_that_s3_denies_from_the_start_receives_no_message(stack: LocalAws) -> None:
    stack.drop("a", "sleep 0")
    proxy = FaultyProxy(stack.url, random.Random(1))
    proxy.always.add("denies S3")
    with proxy.serving() as url:
        worker = stack.start_worker(url=url, ready=False)
        assert worker.process.wait(150) == 1

    assert len(worker.lines("this worker can run no job")) == 1
    assert "Traceback" not in worker.log
    found = stack.sqs.receive_message(
        QueueUrl=stack.settings.live_queue, MessageSystemAttributeNames=["ApproximateReceiveCount"]
    )
    assert found["Messages"][0]["Attributes"]["ApproximateReceiveCount"] == "1"
    assert stack.job("a").state is State.QUEUED


@pytest.mark.slow  # the worker stays unhealthy for a minute before it ends
def test_a_worker_that_s3_denies_takes_no_more_jobs_and_asks_for_a_replacement(stack: LocalAws) -> None:
    proxy = FaultyProxy(stack.url, random.Random(1))
    with proxy.serving() as url:
        worker = stack.start_worker(url=url)
        proxy.always.add("denies S3")
        jobs = [f"job-{number}" for number in range(4)]
        for name in jobs:
            stack.drop(name, "sleep 0")

        assert worker.process.wait(150) == 1

    assert len(worker.lines("this worker can run no job")) == 1
    assert len(worker.lines("started")) <= stack.settings.slots
    assert "AccessDenied" in worker.lines("stopping: AWS denied")[0]["message"]
    assert {(stack.job(name).state, stack.job(name).attempts) for name in jobs} == {(State.QUEUED, 0)}

    stack.start_worker()
    assert {stack.wait_final(name, seconds=60).state for name in jobs} == {State.SUCCEEDED}


def test_a_worker_names_the_setting_that_is_missing() -> None:
    command = [sys.executable, "-m", "worker"]
    environment = {"PATH": "/usr/bin:/bin", "SYNCLINE_BUCKET": "b", "SYNCLINE_TABLE": "t"}
    environment["AWS_DEFAULT_REGION"] = "eu-west-1"
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 2
    assert done.stderr.startswith("syncline worker: SYNCLINE_LIVE_QUEUE is not set.")
    assert "Traceback" not in done.stderr
