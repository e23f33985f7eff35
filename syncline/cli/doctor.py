"""`syncline doctor`: what is missing on this machine or in this deployment, and how to mend it."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from rich.markup import escape

from syncline import __version__
from syncline.aws import clients, settings
from syncline.aws.settings import Settings
from syncline.aws.store import STATE_INDEX
from syncline.cli.console import out
from syncline.cli.remote import print_json
from syncline.core import layout
from syncline.core.errors import ModelMissingError, SynclineError

PACKAGES = ("celery", "kombu", "boto3", "pocketsphinx", "ctranslate2", "sentencepiece")


class Finding(StrEnum):
    OK = "ok"
    NOTE = "note"  # works without
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    subject: str
    finding: Finding
    says: str
    mend: str = ""


def examine(*, as_json: bool) -> int:
    """-> 0 if nothing is bad, 1 otherwise."""
    checks = []
    for check in _all_checks():
        checks.append(check)
        if not as_json:
            _print(check)
    if as_json:
        print_json([asdict(check) for check in checks])
    return 1 if any(check.finding is Finding.BAD for check in checks) else 0


def _print(check: Check) -> None:
    colour = {Finding.OK: "green", Finding.NOTE: "yellow", Finding.BAD: "red"}[check.finding]
    out.print(f"[{colour}]{check.finding.value:4}[/] {check.subject}: {escape(check.says)}")
    if check.mend:
        out.print(f"     -> {escape(check.mend)}")


def _all_checks() -> Iterator[Check]:
    try:
        chosen = settings.read(os.environ)
    except SynclineError as error:
        yield Check("settings", Finding.BAD, error.message, error.hint)
        chosen = Settings()
    yield _versions()
    yield _guarded("ffmpeg", _ffmpeg)
    yield _guarded("pocketsphinx", _pocketsphinx)
    yield _guarded("gentle", lambda: _gentle(chosen))
    yield _guarded("translation", lambda: _models(chosen))
    if chosen.bucket is None:
        yield Check(
            "deployment", Finding.NOTE, "none is named: SYNCLINE_BUCKET is not set.",
            "To look at one, set what `terraform output -json environment` or `syncline local` prints.",
        )  # fmt: skip
        return
    yield from _deployment_checks(chosen)


def _guarded(subject: str, look: Callable[[], Check]) -> Check:
    try:
        return look()
    except SynclineError as error:
        return Check(subject, Finding.BAD, error.message, error.hint)
    except (ClientError, BotoCoreError) as error:
        named = clients.translated(error)
        return Check(subject, Finding.BAD, named.message, _PERMISSIONS)
    except ImportError as error:
        return Check(subject, Finding.NOTE, f"not installed here ({error}).", "pip install 'syncline[worker]'")


_PERMISSIONS = "Are these credentials of the right account, and may they do this?"


def _versions() -> Check:
    found = []
    for package in PACKAGES:
        try:
            found.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    python = ".".join(map(str, sys.version_info[:3]))
    return Check("versions", Finding.OK, f"syncline {__version__}, Python {python}, {', '.join(found)}")


def _ffmpeg() -> Check:
    from syncline.media import ffmpeg_binary

    binary = ffmpeg_binary()
    answer = subprocess.run([binary, "-version"], capture_output=True, text=True, timeout=20, check=False)
    if answer.returncode != 0:
        return Check("ffmpeg", Finding.BAD, f"{binary} does not run.", "Install ffmpeg, or pip install imageio-ffmpeg.")
    return Check("ffmpeg", Finding.OK, f"{answer.stdout.split(' Copyright')[0]} ({binary})")


def _pocketsphinx() -> Check:
    import pocketsphinx

    if not os.path.isdir(pocketsphinx.get_model_path("en-us")):  # noqa: PTH112 - one question
        return Check(
            "pocketsphinx", Finding.BAD, "its English model is missing.", "pip install --force-reinstall pocketsphinx"
        )
    return Check("pocketsphinx", Finding.OK, "with its English model")


def _gentle(chosen: Settings) -> Check:
    from syncline.speech.gentle import missing_parts

    missing = missing_parts(chosen.gentle_home)
    if not missing:
        return Check("gentle", Finding.OK, f"complete in {chosen.gentle_home}")
    needed = chosen.engine == "gentle" or chosen.gentle_home is not None
    return Check(
        "gentle",
        Finding.BAD if needed else Finding.NOTE,
        " ".join(missing),
        "Use the worker image, which holds Gentle, or point SYNCLINE_GENTLE_HOME at an installation.",
    )


def _models(chosen: Settings) -> Check:
    from syncline.models.installed import locate

    try:
        model = locate(chosen.translation_model, chosen.models)
    except ModelMissingError as error:
        finding = Finding.BAD if chosen.translate_to else Finding.NOTE
        return Check("translation", finding, f"{error.message} Jobs that ask for translations would fail.", error.hint)
    return Check("translation", Finding.OK, f"{model.name} in {model.path}")


def _deployment_checks(chosen: Settings) -> Iterator[Check]:
    yield _guarded("credentials", _credentials)
    yield _guarded("bucket", lambda: _bucket(chosen))
    for name in ("ingest", "live", "bulk"):
        yield _guarded(f"{name} queue", lambda name=name: _queue(name, chosen))  # type: ignore[misc]
    yield _guarded("table", lambda: _table(chosen))
    if chosen.status_url:
        yield _guarded("status URL", lambda: _status_url(chosen))


def _credentials() -> Check:
    return Check("credentials", Finding.OK, clients.client("sts").get_caller_identity()["Arn"])


def _bucket(chosen: Settings) -> Check:
    s3 = clients.client("s3")
    found = s3.get_bucket_notification_configuration(Bucket=chosen.bucket)
    rules = [
        rule
        for target in ("QueueConfigurations", "LambdaFunctionConfigurations", "TopicConfigurations")
        for rule in found.get(target, [])
    ]
    if not any(_announces_uploads(rule) for rule in rules) and "EventBridgeConfiguration" not in found:
        return Check(
            "bucket", Finding.BAD, f"{chosen.bucket} announces no uploads: nothing that is dropped will be noticed.",
            "Apply the Terraform module again; something has replaced the bucket's notification configuration.",
        )  # fmt: skip
    return Check("bucket", Finding.OK, f"{chosen.bucket} announces what is created under {layout.UPLOADS}")


def _announces_uploads(rule: dict[str, Any]) -> bool:
    filters = {r["Name"].lower(): r["Value"] for r in rule.get("Filter", {}).get("Key", {}).get("FilterRules", [])}
    creates = any(event.startswith("s3:ObjectCreated") for event in rule.get("Events", []))
    return creates and layout.UPLOADS.startswith(filters.get("prefix", "")) and "suffix" not in filters


def _queue(name: str, chosen: Settings) -> Check:
    url = chosen.need(f"{name}_queue")
    attributes = clients.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    if "RedrivePolicy" not in attributes:
        return Check(
            f"{name} queue", Finding.BAD, "has no redrive policy: messages that nobody can handle would be lost.",
            "Apply the Terraform module again.",
        )  # fmt: skip
    redrive = json.loads(attributes["RedrivePolicy"])
    waiting = attributes["ApproximateNumberOfMessages"]
    hidden = attributes["ApproximateNumberOfMessagesNotVisible"]
    says = f"{waiting} waiting, {hidden} in hand; dead after {redrive['maxReceiveCount']} receives"
    dead = _dead(getattr(chosen, f"{name}_dead_letters"))
    if dead:
        return Check(f"{name} queue", Finding.NOTE, f"{says}; {dead} dead letters", "syncline dead-letters list")
    return Check(f"{name} queue", Finding.OK, says)


def _dead(url: str | None) -> int:
    if url is None:
        return 0
    name = "ApproximateNumberOfMessages"
    return int(clients.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])


def _table(chosen: Settings) -> Check:
    table = clients.client("dynamodb").describe_table(TableName=chosen.need("table"))["Table"]
    indexes = {index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])}
    if STATE_INDEX not in indexes:
        return Check("table", Finding.BAD, f"{chosen.table} lacks the index {STATE_INDEX}.", "Apply Terraform again.")
    return Check("table", Finding.OK, f"{chosen.table} is {table['TableStatus'].lower()}")


def _status_url(chosen: Settings) -> Check:
    import urllib.error
    import urllib.request

    address = f"{chosen.need('status_url').rstrip('/')}/health"
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:  # noqa: S310 - settings allow http(s) only
            health = json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code == 403:
            return Check("status URL", Finding.OK, "answers those who sign their requests (AWS_IAM)")
        return Check("status URL", Finding.BAD, f"answers {error.code}.", "Look at the status function's log.")
    except OSError as error:
        return Check("status URL", Finding.BAD, f"cannot be reached: {error}.", "Is SYNCLINE_STATUS_URL right?")
    if health.get("version") != __version__:
        return Check("status URL", Finding.NOTE, f"runs version {health.get('version')}, this is {__version__}.")
    return Check("status URL", Finding.OK, f"answers with version {__version__}")
