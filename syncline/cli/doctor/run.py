"""Run all checks and print each as soon as it is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from syncline.aws import clients, settings
from syncline.aws.settings import Settings
from syncline.cli.console import print_json, show
from syncline.cli.doctor import deployment, machine
from syncline.cli.doctor.check import Check, Finding
from syncline.cli.exit_codes import FAILED, OK
from syncline.core.errors import SynclineError

if TYPE_CHECKING:
    from rich.text import Text

PERMISSIONS = "Check that the AWS credentials belong to the right account and allow this call."
COLOURS = {Finding.OK: "green", Finding.NOTE: "yellow", Finding.BAD: "red"}


def examine(environment: Mapping[str, str], *, as_json: bool) -> int:
    """-> the exit code."""
    checks = []
    for check in _checks(environment):
        checks.append(check)
        if not as_json:
            show(_line(check))
    if as_json:
        print_json([asdict(check) for check in checks])
    return FAILED if any(check.finding is Finding.BAD for check in checks) else OK


def _line(check: Check) -> Text:
    from rich.text import Text

    line = Text.assemble((f"{check.finding.value:4}", COLOURS[check.finding]), f" {check.subject}: {check.says}")
    return line.append(f"\n     -> {check.mend}") if check.mend else line


def _checks(environment: Mapping[str, str]) -> Iterator[Check]:
    try:
        chosen = settings.read(environment)
    except SynclineError as error:
        yield Check("settings", Finding.BAD, error.message, error.hint)
        chosen = Settings()
    for subject, check in machine.checks(chosen):
        yield run_check(subject, check)
    if chosen.bucket is None:
        yield Check(
            "deployment",
            Finding.NOTE,
            "none is named: SYNCLINE_BUCKET is not set.",
            "To check one, set the variables that `terraform output -json environment` or `syncline local` prints.",
        )
        return
    for subject, check in deployment.checks(chosen, clients.client):
        yield run_check(subject, check)


def run_check(subject: str, check: Callable[[], Check]) -> Check:
    """A check that raises has found something bad, and must not keep the others from running."""
    try:
        return check()
    except SynclineError as error:
        return Check(subject, Finding.BAD, error.message, error.hint)
    except (ClientError, BotoCoreError) as error:
        return Check(subject, Finding.BAD, clients.translated(error).message, PERMISSIONS)
    except ImportError as error:
        return Check(subject, Finding.NOTE, f"not installed here ({error}).", "pip install 'syncline[worker]'")
