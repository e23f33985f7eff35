"""Compose and run the backfill that the command line asks for."""

from __future__ import annotations

import contextlib
import csv
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from syncline.aws import clients, settings
from syncline.aws.bucket import Bucket
from syncline.aws.deployment import connect
from syncline.aws.settings import Settings
from syncline.backfill import inventory, keys, listing
from syncline.backfill.batches import Batches
from syncline.backfill.pairing import ListedSet
from syncline.backfill.planning import REPORTED, Selection, with_translations
from syncline.backfill.price import quote, read_prices
from syncline.backfill.run import Backfill
from syncline.backfill.sending import ProcessedJob, Sender
from syncline.cli.backfill_report import print_summary, progress_line_of
from syncline.cli.errors import aws_errors
from syncline.cli.exit_codes import FAILED, OK
from syncline.core.errors import InvalidOptionsError, TransientError
from syncline.core.layout import parse_s3_address
from syncline.core.options import from_dict, split_list
from syncline.core.timestamps import format_timestamp

READERS = 8


@dataclass(frozen=True, slots=True)
class Request:
    """The arguments of `syncline backfill`."""

    address: str | None = None
    inventory: str | None = None
    keys: Path | None = None
    translate: str | None = None
    since: str | None = None
    match: str | None = None
    limit: int | None = None
    max_rate: float | None = None
    force: bool = False
    read_metadata: bool = False
    dry_run: bool = False
    report: Path | None = None
    tasks: int | None = None
    speed: float | None = None
    arm: bool = False
    prices: Path | None = None
    as_json: bool = False


def run_backfill(request: Request) -> int:
    """-> the exit code."""
    chosen = settings.read(os.environ)
    prices = read_prices(request.prices or chosen.prices)  # a bad table is an error before the run
    with (
        resumable(),
        aws_errors(),
        ThreadPoolExecutor(READERS, thread_name_prefix="read") as readers,
        _reporting(request.report) as report,
    ):
        source, found = _source(request)
        backfill = _prepare(request, chosen, source, readers)
        backfill.on_processed = report
        with progress_line_of(quiet=request.as_json) as backfill.on_progress:
            tally = backfill.run(found)
    price = quote(tally.workload, prices, tasks=request.tasks, speed=request.speed, arm=request.arm)
    print_summary(tally, price, dry_run=request.dry_run, as_json=request.as_json, has_report=request.report is not None)
    return OK if tally.complete else FAILED


@contextlib.contextmanager
def resumable() -> Iterator[None]:
    """Add to a transient error what to do about it."""
    try:
        yield
    except TransientError as error:
        hint = "Run the same command again: it goes on where this run ended. --max-rate makes it slower."
        raise TransientError(error.message, code=error.code, hint=hint) from error


def _source(request: Request) -> tuple[Bucket, Iterable[ListedSet]]:
    if request.inventory and request.keys:
        raise InvalidOptionsError("--inventory and --from exclude each other.", hint="Give one of them.")
    bucket, prefix = parse_s3_address(request.address) if request.address else (None, "")
    s3 = clients.client("s3", patient=True)
    if request.inventory:
        manifest = inventory.read_manifest(Bucket(s3, ""), request.inventory)
        _check_same(bucket, manifest.source_bucket)
        return Bucket(s3, manifest.source_bucket), inventory.read_sets(Bucket(s3, ""), manifest, prefix)
    if request.keys:
        named = keys.bucket_of_file(request.keys) or bucket
        source = Bucket(s3, _needed(named))
        _check_same(bucket, source.name)
        wanted = (key for key in keys.read_recordings(request.keys, source.name) if key.startswith(prefix))
        return source, listing.list_named_sets(_lister(source), wanted)
    source = Bucket(s3, _needed(bucket))
    return source, listing.list_sets(_lister(source), prefix)


def _lister(source: Bucket) -> Bucket:
    return Bucket(clients.listing_client(), source.name)


def _needed(bucket: str | None) -> str:
    if bucket is None:
        raise InvalidOptionsError(
            "No bucket is named.", hint="Give s3://bucket/folder/, or --inventory with the address of a manifest."
        )
    return bucket


def _check_same(asked: str | None, named: str) -> None:
    if asked is not None and asked != named:
        raise InvalidOptionsError(
            f"The address names the bucket {asked}, but the list names {named}.", hint="Leave out the address."
        )


def _prepare(request: Request, chosen: Settings, source: Bucket, readers: ThreadPoolExecutor) -> Backfill:
    if request.translate is not None:
        languages = from_dict({"translate_to": split_list(request.translate)})["translate_to"]
        chosen = with_translations(chosen, languages)
    # A dry run needs no deployment: the price can be known before there is one.
    deployed = connect(chosen, patient=True) if chosen.table or not request.dry_run else None
    sender = Sender(
        source=source,
        settings=chosen,
        deployment=deployed,
        batches=Batches(deployed.store) if deployed else None,
        readers=readers,
        force=request.force,
        read_metadata=request.read_metadata,
        dry_run=request.dry_run,
    )
    return Backfill(
        sender=sender,
        selection=Selection(since=_moment(request.since), match=request.match),
        limit=request.limit,
        max_rate=request.max_rate,
    )


def _moment(text: str | None) -> str:
    if text is None:
        return ""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidOptionsError(
            f"--since is “{text}”, which is not a date.", hint="Write 2026-01-31 or 2026-01-31T12:00:00Z."
        ) from error
    return format_timestamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


@contextlib.contextmanager
def _reporting(path: Path | None) -> Iterator[Callable[[ProcessedJob], None]]:
    """Give a function that writes each recording that needs attention to the CSV file."""
    if path is None:
        yield lambda _: None
        return
    try:
        file = path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise InvalidOptionsError(f"Cannot write to {path}: {error.strerror}.") from error
    with file:
        table = csv.writer(file)
        table.writerow(["recording", "verdict", "reason"])

        def write(job: ProcessedJob) -> None:
            if job.status in REPORTED:
                table.writerow([job.listed.recording.key, job.status.label, job.reason])

        yield write
