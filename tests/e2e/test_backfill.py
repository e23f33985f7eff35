"""Recordings in another bucket are aligned in place."""

from __future__ import annotations

import json
import subprocess
import time
from typing import Any

from syncline.core.job import job_id_of
from tests.e2e.conftest import BIN, SAMPLES, Stack


def test_recordings_in_another_bucket_are_aligned_in_place(stack: Stack) -> None:
    stack.aws("s3", "mb", "s3://old-tapes")
    for name in ("hello.wav", "hello.txt"):
        stack.aws("s3", "cp", SAMPLES / name, f"s3://old-tapes/1999/{name}", "--no-progress")
    done = subprocess.run(
        [BIN / "syncline", "backfill", "s3://old-tapes/", "--json"],
        env=stack.environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, json.loads(done.stdout)["queued"]) == (0, 1), done.stderr
    job = wait_final(stack, job_id_of("old-tapes", "1999/hello.wav"))
    assert job["state"] == "SUCCEEDED", job["error"]
    document = json.loads(stack.read("results/@old-tapes/1999/hello.wav/alignment.json"))
    assert document["transcript"] == (SAMPLES / "hello.txt").read_text(encoding="utf-8")
    assert all("url" in result for result in job["results"])
    again = subprocess.run(
        [BIN / "syncline", "backfill", "s3://old-tapes/", "--json"],
        env=stack.environment, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert json.loads(again.stdout)["done"] == 1


def wait_final(stack: Stack, identity: str) -> dict[str, Any]:
    deadline = time.monotonic() + 120
    while (job := stack.get(f"/jobs/{identity}")[1])["state"] not in ("SUCCEEDED", "FAILED", "REJECTED"):
        assert time.monotonic() < deadline, job
        time.sleep(0.3)
    return job
