"""What `syncline local` and `syncline demo` share: the life of the local stack in a terminal."""

from __future__ import annotations

import contextlib
import shlex
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from syncline.cli.console import note

if TYPE_CHECKING:
    from syncline.local.stack import LocalStack

STARTING = "Starting moto (S3, SQS, DynamoDB), the receptions and the workers …"
CHECK_SECONDS = 0.5


def wait(stack: LocalStack) -> NoReturn:
    """Restart what ends by itself, until Ctrl-C."""
    from syncline.local.stack import replace_dead_processes

    while True:
        for message in replace_dead_processes(stack):
            note(message)
        time.sleep(CHECK_SECONDS)


@contextlib.contextmanager
def work_folder(wanted: Path | None) -> Iterator[Path]:
    if wanted:
        wanted.mkdir(parents=True, exist_ok=True)
        yield wanted.resolve()
    else:
        with tempfile.TemporaryDirectory(prefix="syncline-local-", ignore_cleanup_errors=True) as folder:
            yield Path(folder)


@contextlib.contextmanager
def ending_on_signals() -> Iterator[None]:
    """SIGTERM and a closed terminal end the stack as Ctrl-C does. A second Ctrl-C does not interrupt the clean-up."""

    def end(number: int, _: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt(number)

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, end)
    try:
        yield
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")


def environment_lines(stack: LocalStack) -> str:
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in stack.environment.items())
