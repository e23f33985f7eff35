"""The processes of the local deployment: started together, ended together."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from syncline.aws.settings import PREFIX, Settings, as_environment
from syncline.core.errors import SynclineError
from syncline.local.provision import provision

START_SECONDS = 60.0
STOP_SECONDS = 5.0
REGION = "us-east-1"
MODULES = {
    "moto": "syncline.local.moto_server", "receptions": "lambdas.local_server", "workers": "syncline.local.worker",
}  # fmt: skip
TOY_MODEL = "m2m100-toy"  # what can be translated with where no models are installed: a dozen sentences


@dataclass(slots=True)
class LocalStack:
    """A running stack; `environment` is all that another process needs to use it."""

    folder: Path
    settings: Settings
    aws_url: str
    processes: dict[str, list[subprocess.Popen[bytes]]] = field(default_factory=dict)
    started: Counter[str] = field(default_factory=Counter)

    @property
    def environment(self) -> dict[str, str]:
        return aws_environment(self.aws_url) | as_environment(self.settings)

    @property
    def page(self) -> str:
        """Opens the pages signed in. Browsers keep what stands behind the # to themselves: no log gets the token."""
        return f"{self.settings.status_url}/sign-in#token={self.settings.token}"

    def description(self) -> dict[str, object]:
        """What `syncline local --json` prints."""
        pids = {name: [process.pid for process in processes] for name, processes in self.processes.items()}
        return {
            "env": self.environment,
            "bucket": self.settings.bucket,
            "status_url": self.settings.status_url,
            "token": self.settings.token,
            "page": self.page,
            "pids": {"moto": pids["moto"][0], "receptions": pids["receptions"][0], "workers": pids["workers"]},
        }

    def ended(self) -> str | None:
        """The name of a process that ended by itself, if one did."""
        for name, processes in self.processes.items():
            if any(process.poll() is not None for process in processes):
                return name
        return None


def aws_environment(url: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,  # what version 1 of the aws command line reads
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }


@contextlib.contextmanager
def running(wishes: Settings, folder: Path, *, workers: int, port: int | None = None) -> Iterator[LocalStack]:
    """Everything started and answering; everything ended afterwards, whatever happens."""
    if wishes.models is None:
        wishes = replace(wishes, translation_model=TOY_MODEL)
    stack = LocalStack(folder, wishes, f"http://127.0.0.1:{free_port()}")
    try:
        _start_aws(stack)
        status_url = f"http://127.0.0.1:{port or free_port()}"
        token = wishes.token or secrets.token_urlsafe(24)
        with in_environment(aws_environment(stack.aws_url)):
            stack.settings = replace(provision(wishes), status_url=status_url, token=token)
        _start(stack, "receptions")
        for _ in range(workers):
            _start(stack, "workers")
        _wait_until(stack, "receptions", lambda: _answers(f"{status_url}/health"))
        _wait_until(stack, "workers", lambda: all(sign.exists() for sign in _signs_of_life(stack)))
        yield stack
    finally:
        stop(stack)


def tend(stack: LocalStack) -> list[str]:
    """What has died is started anew, as AWS would do it; what was told to end stays away. -> sentences about both.

    Only moto cannot be replaced: it holds the bucket, the queues and the table.
    """
    sentences = []
    for name, processes in stack.processes.items():
        for dead in [process for process in processes if process.poll() is not None]:
            if name == "moto":
                words = last_words(stack, name)
                raise SynclineError(f"The local moto ended by itself, and all data with it. Its last words: {words}")
            processes.remove(dead)
            if dead.returncode:
                _start(stack, name)
            what = f"died (exit code {dead.returncode}); another was started" if dead.returncode else "was stopped"
            sentences.append(f"One of the local {name}, process {dead.pid}, {what}.")
    return sentences


def stop(stack: LocalStack) -> None:
    """Workers first, so that nobody talks to an AWS that is gone; whoever does not end in time is killed."""
    for name in ("workers", "receptions", "moto"):
        processes = stack.processes.get(name, [])
        for process in processes:
            _signal_group(process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for process in processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
            _signal_group(process, signal.SIGKILL)
            process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start_aws(stack: LocalStack) -> None:
    _start(stack, "moto")
    _wait_until(stack, "moto", lambda: _answers(f"{stack.aws_url}/moto-api/"))


def _command(stack: LocalStack, name: str) -> list[str]:
    arguments = {"moto": [stack.aws_url.rpartition(":")[2]], "workers": []}
    if name == "receptions":
        arguments[name] = [stack.settings.need("status_url").rpartition(":")[2]]
    return [sys.executable, "-m", MODULES[name], *arguments[name]]


def _start(stack: LocalStack, name: str) -> None:
    own = stack.folder / f"{name}-{stack.started[name]}"
    stack.started[name] += 1
    own.mkdir(parents=True, exist_ok=True)
    with (own / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            _command(stack, name),
            env=_child_environment(stack) | {"TMPDIR": str(own)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # the terminal's Ctrl-C is ours to handle: children are ended in order
        )
    stack.processes.setdefault(name, []).append(process)


def _child_environment(stack: LocalStack) -> dict[str, str]:
    """Ours, without anything that could lead to a real account."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", PREFIX))}
    return kept | stack.environment | {"PYTHONUNBUFFERED": "1", "AWS_EC2_METADATA_DISABLED": "true"}


def _signs_of_life(stack: LocalStack) -> list[Path]:
    numbers = range(stack.started["workers"])
    return [stack.folder / f"workers-{number}" / "syncline-worker.alive" for number in numbers]


def _wait_until(stack: LocalStack, name: str, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        dead = stack.ended()
        if dead or time.monotonic() > deadline:
            raise SynclineError(
                f"The local {dead or name} did not start. Its last words: {last_words(stack, dead or name)}",
                code="local_start",
                hint="With --data FOLDER the logs are kept.",
            )
        time.sleep(0.1)


def last_words(stack: LocalStack, name: str) -> str:
    logs = sorted(stack.folder.glob(f"{name}-*/log.txt"))
    lines = [line for log in logs for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return " / ".join(lines[-3:]) or "(none)"


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own address on loopback
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if number == signal.SIGKILL:
            os.killpg(process.pid, number)
        elif process.poll() is None:
            process.send_signal(number)


@contextlib.contextmanager
def in_environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    for key in list(os.environ):
        if key.startswith("AWS_"):
            del os.environ[key]
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def as_json_line(stack: LocalStack) -> str:
    return json.dumps(stack.description())
