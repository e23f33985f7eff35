"""The operator's commands against a running stack."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from syncline.aws import settings
from syncline.aws.deployment import connect
from syncline.cli.commands import NAMES
from syncline.core import transitions
from syncline.core.errors import SynclineError
from syncline.jobs.dead_letters import CODE
from syncline.local.stack import in_environment
from tests.e2e.conftest import SAMPLES, Stack, syncline


def test_submit_follows_its_job_to_the_end(stack: Stack) -> None:
    done = syncline(
        "submit", SAMPLES / "hello.wav", SAMPLES / "hello.txt", "--folder", "cli", "--outputs", "csv",
        "--metadata", "course=101", "--metadata", "term=spring",
        "--watch", "--json", env=stack.environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    job = json.loads(done.stdout)
    assert (job["state"], job["recording_key"]) == ("SUCCEEDED", "uploads/cli/hello.wav")
    assert job["options"]["outputs"] == ["json", "csv"]
    assert job["options"]["metadata"] == {"course": "101", "term": "spring"}
    for search in (("--metadata", "course=101"), ("--metadata", "course=1*"), ("--prefix", "uploads/cli/hello")):
        listed = syncline("jobs", *search, "--json", env=stack.environment)
        assert [found["job_id"] for found in json.loads(listed.stdout)] == [job["job_id"]], search


def test_a_job_is_found_by_key_by_address_and_by_id(stack: Stack) -> None:
    stack.put(SAMPLES / "hello.wav", "uploads/find/hello.wav")
    job = stack.settled("uploads/find/hello.wav", states=("WAITING",))
    for name in ("uploads/find/hello.wav", f"s3://{stack.description['bucket']}/uploads/find/hello.wav", job["job_id"]):
        done = syncline("status", name, "--json", env=stack.environment)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["job_id"] == job["job_id"]
    assert "for its transcript" in syncline("status", job["job_id"], env=stack.environment).stdout


def test_a_rejected_job_gives_exit_code_1(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.7")
    stack.put(tmp_path / "x.pdf", "uploads/cli/x.pdf")
    stack.settled("uploads/cli/x.pdf")
    done = syncline("status", "uploads/cli/x.pdf", env=stack.environment)
    assert done.returncode == 1
    assert "is not a recording, transcript or options file" in done.stdout
    listed = syncline("jobs", "--state", "rejected", "--json", env=stack.environment)
    assert "uploads/cli/x.pdf" in [job["recording_key"] for job in json.loads(listed.stdout)]


def test_only_failed_and_rejected_jobs_can_be_retried(stack: Stack) -> None:
    stack.put(SAMPLES / "hello.wav", "uploads/again/hello.wav")
    stack.settled("uploads/again/hello.wav", states=("WAITING",))
    done = syncline("retry", "uploads/again/hello.wav", env=stack.environment)
    assert done.returncode != 0
    assert "only FAILED and REJECTED jobs can be retried" in done.stderr


def test_one_job_that_cannot_be_retried_does_not_stop_the_others(stack: Stack) -> None:
    stack.put(SAMPLES / "hello.wav", "uploads/several/rejected.mp3")
    stack.settled("uploads/several/rejected.mp3", states=("REJECTED",))
    done = syncline("retry", "uploads/unknown.mp3", "uploads/several/rejected.mp3", "--json", env=stack.environment)
    assert done.returncode == 2
    assert "uploads/unknown.mp3: There is no job" in done.stderr
    assert [job["recording_key"] for job in json.loads(done.stdout)] == ["uploads/several/rejected.mp3"]


def test_an_unknown_key_is_an_error(stack: Stack) -> None:
    done = syncline("status", "uploads/unknown.mp3", env=stack.environment)
    assert (done.returncode, done.stdout) == (2, "")
    assert "There is no job for “uploads/unknown.mp3”" in done.stderr


def test_a_recording_in_another_bucket_is_found_by_its_address(stack: Stack) -> None:
    stack.aws("s3", "mb", "s3://letters")
    for path in (SAMPLES / "hello.wav", SAMPLES / "hello.txt"):
        stack.aws("s3", "cp", path, f"s3://letters/talks/{path.name}", "--no-progress")
    sent = syncline("backfill", "s3://letters/talks/", env=stack.environment)
    assert sent.returncode == 0, sent.stderr
    shown = syncline("status", "s3://letters/talks/hello.wav", "--watch", "--json", env=stack.environment)
    assert json.loads(shown.stdout)["recording_key"] == "talks/hello.wav"
    unknown = syncline("status", "s3://letters/talks/other.wav", env=stack.environment)
    assert unknown.returncode == 2
    assert "The bucket is not this deployment's" in unknown.stderr


def test_without_a_deployment_the_error_names_the_missing_setting() -> None:
    done = syncline("jobs")
    assert done.returncode == 2
    assert "SYNCLINE_BUCKET is not set" in done.stderr


def test_doctor_finds_nothing_bad_in_a_complete_deployment(stack: Stack) -> None:
    done = syncline("doctor", "--json", env=stack.environment)
    findings = {check["subject"]: check["finding"] for check in json.loads(done.stdout)}
    assert done.returncode == 0, done.stdout
    assert findings.items() >= {
        "bucket": "ok", "live queue": "ok", "bulk queue": "ok", "table": "ok", "status URL": "ok", "ffmpeg": "ok",
    }.items()  # fmt: skip


def test_doctor_names_what_is_broken(stack: Stack) -> None:
    environment = stack.environment | {"SYNCLINE_TABLE": "missing"}
    done = syncline("doctor", env=environment)
    assert done.returncode == 1
    assert re.search(r"bad +table:", done.stdout)


@pytest.mark.parametrize("command", NAMES)
def test_every_command_has_help(command: str) -> None:
    shown = syncline(command, "--help", env={"PATH": "/usr/bin:/bin", "COLUMNS": "200", "TERM": "dumb"})
    assert shown.returncode == 0
    assert "Usage: syncline" in shown.stdout


def test_dead_letters_are_listed_and_redriven(stack: Stack) -> None:
    stack.put(SAMPLES / "hello.wav", "uploads/dead/hello.wav")
    stack.put(SAMPLES / "hello.txt", "uploads/dead/hello.txt")
    job_id = stack.settled("uploads/dead/hello.wav")["job_id"]
    give_up(stack, job_id)
    event = {
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": stack.description["bucket"]}, "object": {"key": "uploads/dead/hello.wav"}},
    }
    send(stack, "SYNCLINE_INGEST_DEAD_LETTERS", json.dumps({"Records": [event]}))
    send(stack, "SYNCLINE_LIVE_DEAD_LETTERS", "not a job message")
    listed = wait_for_letters(stack, messages=2)
    assert [job["job_id"] for job in listed["jobs"]] == [job_id]
    again = syncline("dead-letters", "redrive", "--all", "--json", env=stack.environment)
    assert again.returncode == 0, again.stderr
    assert [job["job_id"] for job in json.loads(again.stdout)["jobs"]] == [job_id]
    assert stack.settled("uploads/dead/hello.wav", states=("SUCCEEDED",))["attempts"] == 1
    assert [letter["keys"] for letter in wait_for_letters(stack, messages=1)["messages"]] == [[]]


def give_up(stack: Stack, job_id: str) -> None:
    """The record as the dead_letters function leaves it."""
    with in_environment(stack.environment):
        store = connect(settings.read(stack.description["env"])).store
        job = store.get(job_id)
        assert job
        store.put(transitions.failed(job, SynclineError("No worker finished it.", code=CODE), now=datetime.now(UTC)))


def send(stack: Stack, queue: str, body: str) -> None:
    url, endpoint = stack.environment[queue], stack.environment["AWS_ENDPOINT_URL"]
    stack.aws("sqs", "send-message", "--queue-url", url, "--message-body", body, "--endpoint-url", endpoint)


def wait_for_letters(stack: Stack, *, messages: int) -> dict[str, list[dict[str, Any]]]:
    for _ in range(20):
        listed = syncline("dead-letters", "list", "--json", env=stack.environment)
        assert listed.returncode == 0, listed.stderr
        found = json.loads(listed.stdout)
        if len(found["messages"]) == messages:
            return found
        time.sleep(1)
    raise AssertionError(found)


def test_a_watched_upload_reports_its_own_job_and_not_an_earlier_one(stack: Stack, tmp_path: Path) -> None:
    recording, transcript = tmp_path / "again.wav", tmp_path / "again.txt"
    recording.write_bytes((SAMPLES / "hello.wav").read_bytes())
    counted = []
    for text, options in (("Hello, world!", ()), ("Hello!", ()), ("Hello!", ()), ("Hello!", ("--outputs", "csv"))):
        transcript.write_text(text)
        command = ("submit", recording, transcript, "--folder", "again", "--watch", "--json", *options)
        done = syncline(*command, env=stack.environment)
        assert done.returncode == 0, done.stderr
        job = json.loads(done.stdout)
        counted.append((job["state"], job["stats"]["words"], job["options"]["outputs"]))
    captions, table = ["json", "srt", "vtt"], ["json", "csv"]
    assert counted == [
        ("SUCCEEDED", words, outputs) for words, outputs in ((2, captions), (1, captions), (1, captions), (1, table))
    ]


def test_a_watched_upload_that_is_rejected_reports_it(stack: Stack, tmp_path: Path) -> None:
    recording = tmp_path / "noise.mp3"
    recording.write_bytes(b"no MP3 at all " * 100)
    done = syncline("submit", recording, SAMPLES / "hello.txt", "--watch", "--json", env=stack.environment)
    assert (done.returncode, json.loads(done.stdout)["state"]) == (1, "REJECTED")
