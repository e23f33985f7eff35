"""Start the processes of the local deployment together, replace those that die, and end them together."""

from __future__ import annotations

import contextlib
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
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from syncline.aws import settings as settings_reader
from syncline.aws.settings import PREFIX, Settings, as_environment
from syncline.core.errors import SynclineError
from syncline.core.models_folder import default_models_folder
from syncline.local.provision import provision
from syncline.models.installed import installed_names

START_SECONDS = 60.0
STOP_SECONDS = 5.0
REGION = "us-east-1"
LIVENESS_FILE = "syncline-worker.alive"  # of `worker.liveness`, in the worker's temporary folder
# What stands in for models that are not installed. They know a dozen sentences, and one kind of question.
TOY_MODEL, TOY_ANSWERS = "m2m100-toy", "answers-toy"
_STOP_ORDER = (("workers", "receptions"), ("webhooks",), ("moto",))  # nothing should call an AWS that is gone


@dataclass(slots=True)
class LocalStack:
    """A running stack. `environment` is what another process needs to use it."""

    folder: Path
    settings: Settings
    aws_url: str
    webhooks: Sequence[str] = ()
    events_port: int | None = None  # of the process that posts events to the webhooks
    processes: dict[str, list[subprocess.Popen[bytes]]] = field(default_factory=dict)
    started: Counter[str] = field(default_factory=Counter)

    @property
    def environment(self) -> dict[str, str]:
        events = {"AWS_ENDPOINT_URL_EVENTBRIDGE": f"http://127.0.0.1:{self.events_port}"} if self.events_port else {}
        return aws_environment(self.aws_url) | events | as_environment(self.settings)

    def process_environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """The stack's variables over the inherited ones, of which none may lead to a real account."""
        kept = {key: value for key, value in inherited.items() if not key.startswith(("AWS_", PREFIX))}
        return kept | self.environment | {"PYTHONUNBUFFERED": "1", "AWS_EC2_METADATA_DISABLED": "true"}

    @property
    def page(self) -> str:
        """The address that opens the pages signed in. Browsers do not send what follows the #, so no log gets the
        token."""
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

    def ended_program(self) -> str | None:
        """The name of a program of which a process has ended, if there is one."""
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


def local_settings(environment: Mapping[str, str], **chosen: Any) -> Settings:
    """The settings of a local stack: those of the environment, `chosen` over them, and nothing of a real account.

    `provision` replaces the names of the bucket, the table and the queues. Where the environment names no folder of
    models, the toys stand in for those that are not installed.
    """
    settings = replace(settings_reader.read(environment), event_bus=None, token_secret=None)
    settings = replace(settings, **{name: value for name, value in chosen.items() if value is not None})
    return _with_toys(settings) if settings.models == default_models_folder(environment) else settings


def _with_toys(settings: Settings) -> Settings:
    plain, folder = Settings(), settings.models
    if settings.translation_model == plain.translation_model and not _is_there(plain.translation_model, folder):
        settings = replace(settings, translation_model=TOY_MODEL)
    if settings.answer_model == plain.answer_model and not _is_there(plain.answer_model, folder):
        settings = replace(settings, answer_model=TOY_ANSWERS)
    return settings


def _is_there(model: str, folder: Path | None) -> bool:
    return model in installed_names(folder)


@contextlib.contextmanager
def running_stack(
    settings: Settings, folder: Path, *, workers: int, port: int | None = None, webhooks: Sequence[str] = ()
) -> Iterator[LocalStack]:
    """Start everything and wait until it answers. End everything afterwards, even if the start fails."""
    stack = LocalStack(folder, settings, f"http://127.0.0.1:{free_port()}", webhooks)
    try:
        _start_aws(stack)
        if webhooks:
            stack.events_port = free_port()
            _start(stack, "webhooks")
            _wait_until(stack, "webhooks", lambda: _answers(f"http://127.0.0.1:{stack.events_port}/"))
        status_url = f"http://127.0.0.1:{port or free_port()}"
        token = settings.token or secrets.token_urlsafe(24)
        with in_environment(aws_environment(stack.aws_url)):
            made = provision(settings)
        event_bus = "default" if webhooks else None
        stack.settings = replace(made, status_url=status_url, token=token, event_bus=event_bus)
        _start(stack, "receptions")
        for _ in range(workers):
            _start(stack, "workers")
        _wait_until(stack, "receptions", lambda: _answers(f"{status_url}/health"))
        _wait_until(stack, "workers", lambda: all(path.exists() for path in _liveness_files(stack)))
        yield stack
    finally:
        stop(stack)


def replace_dead_processes(stack: LocalStack) -> list[str]:
    """Start a process for each that died, as AWS does. One that was told to stop is not replaced. -> messages about
    both.

    moto cannot be replaced: it holds the bucket, the queues and the table.
    """
    messages = []
    for name, processes in stack.processes.items():
        for ended in [process for process in processes if process.poll() is not None]:
            if name == "moto":
                raise SynclineError(
                    "The local moto ended by itself, and all data with it. "
                    f"Its last log lines: {last_log_lines(stack, name)}"
                )
            processes.remove(ended)
            if ended.returncode:
                _start(stack, name)
            what = f"died (exit code {ended.returncode}); another was started" if ended.returncode else "was stopped"
            messages.append(f"One of the local {name}, process {ended.pid}, {what}.")
    return messages


def stop(stack: LocalStack) -> None:
    """End every process, and kill those that do not end in time."""
    for names in _STOP_ORDER:
        processes = [process for name in names for process in stack.processes.get(name, ())]
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


def _module_and_arguments(stack: LocalStack, name: str) -> list[str]:
    if name == "moto":
        return ["syncline.local.moto_server", stack.aws_url.rpartition(":")[2]]
    if name == "webhooks":
        return ["syncline.local.webhooks", str(stack.events_port), *stack.webhooks]
    if name == "receptions":
        return ["lambdas.local_server", stack.settings.need("status_url").rpartition(":")[2]]
    return ["worker", "--exit-with-parent", "--wait-seconds", "1"]  # short polls, so that it stops soon


def _start(stack: LocalStack, name: str) -> None:
    folder = stack.folder / f"{name}-{stack.started[name]}"
    stack.started[name] += 1
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            # -P: no module comes from the working directory, which may hold a folder named `syncline`.
            [sys.executable, "-P", "-m", *_module_and_arguments(stack, name)],
            env=stack.process_environment(os.environ) | {"TMPDIR": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in the terminal reaches only this process, which stops them in order
        )
    stack.processes.setdefault(name, []).append(process)


def _liveness_files(stack: LocalStack) -> list[Path]:
    return [stack.folder / f"workers-{number}" / LIVENESS_FILE for number in range(stack.started["workers"])]


def _wait_until(stack: LocalStack, name: str, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        ended = stack.ended_program()
        if ended or time.monotonic() > deadline:
            raise SynclineError(
                f"The local {ended or name} did not start. Last log lines: {last_log_lines(stack, ended or name)}",
                code="local_start",
                hint="With --data FOLDER the logs are kept.",
            )
        time.sleep(0.1)


def last_log_lines(stack: LocalStack, name: str) -> str:
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
    """Set these variables, and no other AWS_ variable, until the block ends."""
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
