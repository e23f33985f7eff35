"""`syncline backfill` as a process, with moto in another process."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from syncline.aws.settings import Settings, as_environment
from syncline.core import message as messages
from syncline.local import stack
from syncline.local.provision import provision

COUNT = 200


@dataclass
class World:
    environment: dict[str, str]
    s3: Any
    sqs: Any
    queue: str

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "syncline.cli.backfill", *arguments]
        return subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        process = self.start(*arguments)
        output, errors = process.communicate(timeout=240)
        return process.returncode, output, errors

    def depth(self) -> int:
        name = "ApproximateNumberOfMessages"
        answer = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=[name])
        return int(answer["Attributes"][name])

    def pairs(self, bucket: str, count: int) -> None:
        self.s3.create_bucket(Bucket=bucket)
        for number in range(count):
            for suffix in ("mp3", "txt"):
                self.s3.put_object(Bucket=bucket, Key=f"talks/{number % 3}/t{number:04}.{suffix}", Body=b"some bytes")


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("moto did not start")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    port = stack.free_port()
    variables = stack.aws_environment(f"http://127.0.0.1:{port}") | {"AWS_EC2_METADATA_DISABLED": "true"}
    log = (tmp_path_factory.mktemp("aws") / "log.txt").open("wb")
    moto = subprocess.Popen(
        [sys.executable, "-m", "syncline.local.moto_server", str(port)], stdout=log, stderr=log, start_new_session=True
    )
    try:
        wait_for(port, moto)
        with stack.in_environment(variables):
            from syncline.aws import clients

            settings = provision(Settings())
            environment = {key: value for key, value in os.environ.items() if not key.startswith("SYNCLINE_")}
            yield World(
                environment | variables | as_environment(settings),
                clients.client("s3"),
                clients.client("sqs"),
                settings.need("bulk_queue"),
            )
    finally:
        moto.kill()
        moto.wait()
        log.close()


def test_the_price_comes_first_and_needs_no_deployment(world: World) -> None:
    world.pairs("priced", 3)
    bare = World(
        {key: value for key, value in world.environment.items() if not key.startswith("SYNCLINE_")},
        world.s3, world.sqs, world.queue,
    )  # fmt: skip
    code, output, _ = bare.run("s3://priced/", "--dry-run", "--translate", "ja,fr", "--tasks", "4")
    assert code == 0
    assert "to be queued" in output
    assert "4 tasks" in output
    assert all(word in output for word in ("alignment", "ja", "fr", "Fargate Spot", "hours of audio"))
    assert world.depth() == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["/tmp/x"], "is not an s3:// address"),
        ([], "No bucket is named"),
        (["s3://nowhere/", "--since", "yesterday"], "which is not a date"),
        (["s3://nowhere/", "--translate", "klingon"], "klingon"),
    ],
)
def test_a_wrong_request_is_explained(world: World, arguments: list[str], words: str) -> None:
    code, _, errors = world.run(*arguments)
    assert code == 2
    assert words in " ".join(errors.split())
    assert "Traceback" not in errors


def test_a_missing_bucket_is_explained(world: World) -> None:
    code, _, errors = world.run("s3://nowhere-at-all/")
    assert code == 1
    assert "NoSuchBucket" in errors
    assert "Traceback" not in errors


def test_the_report_lists_recordings_that_were_not_queued(world: World, tmp_path: Path) -> None:
    world.pairs("reported", 2)
    world.s3.put_object(Bucket="reported", Key="talks/alone, at last.mp3", Body=b"x")
    report = tmp_path / "left-out.csv"
    code, output, _ = world.run("s3://reported/talks/", "--report", str(report), "--dry-run", "--json")
    assert (code, json.loads(output)["missing"]) == (0, 1)
    assert report.read_text(encoding="utf-8").splitlines() == [
        "recording,verdict,reason",
        '"talks/alone, at last.mp3",transcript missing,There is no transcript beside it.',
    ]


def test_the_report_lists_named_recordings_that_do_not_exist(world: World, tmp_path: Path) -> None:
    world.pairs("listed", 1)
    report, wanted = tmp_path / "left-out.csv", tmp_path / "wanted.txt"
    wanted.write_text("talks/gone.mp3\n")
    code, output, _ = world.run("s3://listed/", "--from", str(wanted), "--report", str(report), "--dry-run", "--json")
    assert (code, json.loads(output)["absent"]) == (0, 1)
    assert "talks/gone.mp3,not there,There is no such object." in report.read_text(encoding="utf-8").splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_after_an_interruption_a_second_run_queues_the_rest(world: World, number: signal.Signals) -> None:
    bucket = f"interrupted-{number.name.lower()}"
    world.pairs(bucket, COUNT)
    before = world.depth()
    first = world.start(f"s3://{bucket}/", "--max-rate", "20", "--json")
    while world.depth() == before and first.poll() is None:
        time.sleep(0.02)
    first.send_signal(number)
    first.communicate(timeout=60)
    assert first.returncode != 0
    assert 0 < world.depth() - before < COUNT
    code, output, errors = world.run(f"s3://{bucket}/", "--json")
    assert code == 0, errors
    again = json.loads(output)
    assert again["queued"] + again["waiting_in_queue"] == COUNT
    taken = take_all(world)
    assert len(set(taken)) == COUNT
    duplicates = len(taken) - COUNT
    assert duplicates == 0 if number is signal.SIGINT else duplicates <= 5 * 20


def take_all(world: World) -> list[tuple[str, str]]:
    taken = []
    while batch := world.sqs.receive_message(QueueUrl=world.queue, MaxNumberOfMessages=10).get("Messages"):
        entries = [{"Id": str(index), "ReceiptHandle": each["ReceiptHandle"]} for index, each in enumerate(batch)]
        world.sqs.delete_message_batch(QueueUrl=world.queue, Entries=entries)
        taken += [(found.job_id, found.revision) for found in (messages.read(each["Body"]) for each in batch)]
    return taken
