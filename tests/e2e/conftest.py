from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import pytest
from selenium import webdriver

from tests.e2e.browser import EXPECTED_MESSAGES, Browser, chromium

SAMPLES = Path(__file__).parents[2] / "samples"
BIN = Path(sys.executable).parent
START_SECONDS = 90


def clean_environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "SYNCLINE_"))}


def syncline(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the installed command."""
    command = [str(BIN / "syncline"), *map(str, arguments)]
    options = {"capture_output": True, "text": True, "timeout": 240, "env": clean_environment()} | options
    return subprocess.run(command, check=False, **options)


@dataclass
class Stack:
    """A running `syncline local`, used through the stock aws command line, boto3 and HTTP."""

    process: subprocess.Popen[str]
    description: dict[str, Any]

    @property
    def environment(self) -> dict[str, str]:
        return clean_environment() | self.description["env"] | {"AWS_PAGER": ""}

    def aws(self, *arguments: str | Path) -> str:
        command = [str(BIN / "aws"), *map(str, arguments)]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def drop(self, path: Path, key: str, *options: str) -> None:
        self.aws("s3", "cp", path, f"s3://{self.description['bucket']}/{key}", "--no-progress", *options)

    def get(self, path: str, *, token: str | None = "") -> tuple[int, dict[str, Any]]:
        token = self.description["token"] if token == "" else token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = urllib.request.Request(self.description["status_url"] + path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def job(self, key: str) -> dict[str, Any]:
        return self.get(f"/jobs?key={urllib.parse.quote(key)}")[1]

    def settled(self, key: str, *, within: float = 120, states: tuple[str, ...] = ()) -> dict[str, Any]:
        """Poll the job until it is in one of these states; by default in any final one."""
        wanted = states or ("SUCCEEDED", "FAILED", "REJECTED")
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            job = self.job(key)
            if job.get("state") in wanted:
                return job
            time.sleep(0.3)
        raise AssertionError(f"{key} did not settle: {job}")

    def put(self, path: Path, key: str) -> None:
        """Like `drop`, without a program for each file, which takes two thirds of a second of CPU time."""
        self.s3.upload_file(str(path), self.description["bucket"], key)

    def read(self, key: str) -> bytes:
        return bytes(self.s3.get_object(Bucket=self.description["bucket"], Key=key)["Body"].read())

    @cached_property
    def s3(self) -> Any:
        given = self.description["env"]
        return boto3.client(
            "s3",
            endpoint_url=given["AWS_ENDPOINT_URL"],
            region_name=given["AWS_REGION"],
            aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
        )


def start_local(*options: str, folder: Path | None = None, **variables: str) -> Stack:
    """`folder` is the working directory, `variables` are added to the environment."""
    command = [str(BIN / "syncline"), "local", "--json", *options]
    environment = clean_environment() | variables
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment, cwd=folder
    )
    assert process.stdout
    line = process.stdout.readline()
    assert line, "syncline local ended before it answered"
    return Stack(process, json.loads(line))


def stop_local(stack: Stack) -> None:
    stack.process.send_signal(signal.SIGINT)
    stack.process.wait(30)
    assert stack.process.stdout
    stack.process.stdout.close()


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    running = start_local("--workers", "1")
    yield running
    stop_local(running)


@pytest.fixture(scope="module")
def driver() -> Iterator[webdriver.Chrome]:
    with chromium() as started:
        yield started


@pytest.fixture
def signed_out(driver: webdriver.Chrome, stack: Stack) -> Iterator[Browser]:
    browser = Browser(driver, stack)
    browser.open("/health")
    driver.delete_all_cookies()
    driver.get_log("browser")
    yield browser
    # No script failed, and the content security policy blocked nothing.
    messages = [entry["message"] for entry in driver.get_log("browser")]
    assert not [line for line in messages if not any(known in line for known in EXPECTED_MESSAGES)]


@pytest.fixture
def browser(signed_out: Browser) -> Browser:
    signed_out.driver.get(signed_out.stack.description["page"])
    signed_out.wait(lambda: signed_out.text("h1") == "Jobs")
    return signed_out
