"""The processes of the check, with their logs; and how the check waits and fails."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syncline.local.stack import free_port

ROOT = Path(__file__).resolve().parents[2]
REGION = "eu-west-1"


class CheckError(Exception):
    """A part of the check does not hold."""


@dataclass
class Processes:
    """Start processes that write logs to a folder, and stop all of them in the end."""

    folder: Path
    _started: list[subprocess.Popen[Any]] = field(default_factory=list)

    def start(
        self, name: str, command: list[str], environment: dict[str, str], **options: Any
    ) -> subprocess.Popen[Any]:
        log = (self.folder / f"{name}.log").open("wb")
        options = {"stdin": subprocess.DEVNULL, "stdout": log} | options
        process = subprocess.Popen(command, env=environment, stderr=subprocess.STDOUT, cwd=ROOT, **options)
        self._started.append(process)
        return process

    def stop(self) -> None:
        for process in reversed(self._started):
            process.terminate()
        for process in reversed(self._started):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()


def moto(processes: Processes, name: str, module: str, region: str = REGION) -> dict[str, str]:
    """Start a moto server, and return the AWS_* variables that lead to it."""
    port = free_port()
    process = processes.start(name, [sys.executable, "-m", module, str(port)], dict(os.environ))
    address = f"http://127.0.0.1:{port}"
    wait_for(lambda: responds(f"{address}/moto-api/") or process.poll() is not None, seconds=60, what="moto to answer")
    return {
        "AWS_ENDPOINT_URL": address,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": "check",
        "AWS_SECRET_ACCESS_KEY": "check",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def responds(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - an address on loopback
            return True
    except OSError:
        return False


def wait_for(condition: Callable[[], Any], *, seconds: float, what: str) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise CheckError(f"Waited {seconds:g} seconds for {what}.")
        time.sleep(0.2)
    return found
