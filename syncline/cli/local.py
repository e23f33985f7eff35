"""`syncline local`: the stack, left running."""

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
from typing import NoReturn

from syncline.aws.settings import Settings
from syncline.cli.console import err, out
from syncline.core import options
from syncline.local.stack import LocalStack, as_json_line, running, tend


def run_local(
    *, workers: int, port: int | None, engine: str, models: Path | None, data: Path | None, as_json: bool
) -> None:
    options.from_dict({"engine": engine})  # a mistake is better told before everything is started
    wishes = Settings(engine=engine, models=models.resolve() if models else None)
    with ending_on_signals(), work_folder(data) as folder:
        err.print("Starting moto (S3, SQS, DynamoDB), the receptions and the workers …")
        with running(wishes, folder, workers=workers, port=port) as stack:
            if as_json:
                print(as_json_line(stack), flush=True)
            else:
                _print_guide(stack)
            wait(stack)


def wait(stack: LocalStack) -> NoReturn:
    """Until Ctrl-C."""
    while True:
        for sentence in tend(stack):
            err.print(sentence)
        time.sleep(0.5)


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
    """SIGTERM and a closed terminal end the stack as Ctrl-C does; a second Ctrl-C does not stop the stopping."""

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


def print_environment(stack: LocalStack) -> None:
    for name, value in stack.environment.items():
        out.print(f"export {name}={shlex.quote(value)}", markup=False)


def _print_guide(stack: LocalStack) -> None:
    bucket, url = stack.settings.bucket, stack.settings.status_url
    out.print("Everything answers. In another terminal:\n")
    print_environment(stack)
    out.print(f"\naws s3 cp talk.mp3 s3://{bucket}/uploads/talk.mp3", markup=False)
    out.print(f"aws s3 cp talk.txt s3://{bucket}/uploads/talk.txt", markup=False)
    out.print(f'curl -H "Authorization: Bearer $SYNCLINE_TOKEN" "{url}/jobs?key=uploads/talk.mp3"', markup=False)
    out.print(f"\nIn a browser: {stack.page}", markup=False)
    out.print(f"\nLogs are in {stack.folder}. Ctrl-C ends everything.")
