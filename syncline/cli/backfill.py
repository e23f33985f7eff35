"""`syncline backfill`: everything that lies in a bucket already, its price before, its progress meanwhile."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from syncline.aws import clients, settings
from syncline.aws.bucket import Bucket
from syncline.aws.deployment import connect
from syncline.aws.settings import Settings
from syncline.backfill import inventory, keys, listing
from syncline.backfill.batches import Batches
from syncline.backfill.pairing import FoundSet
from syncline.backfill.planning import WORTH_TELLING, Place, Verdict, Wishes, with_translations
from syncline.backfill.price import Prices, Quote, Range, quote, read_prices
from syncline.backfill.run import Backfill, Tally
from syncline.backfill.sending import Outcome, Sender
from syncline.cli.console import err, out
from syncline.core.errors import InvalidOptionsError
from syncline.core.options import from_dict, split_list
from syncline.core.timestamps import format_timestamp

OK, INCOMPLETE = 0, 1
READERS = 8


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for on the command line."""

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
    chosen = settings.read(os.environ)
    prices = read_prices(request.prices or chosen.prices)  # a bad table is better told before than after
    try:
        with ThreadPoolExecutor(READERS, thread_name_prefix="read") as readers, _reporting(request.report) as report:
            source, found = _source(request)
            backfill = _prepare(request, chosen, source, readers)
            backfill.report = report
            with _progress(request) as backfill.tell:
                tally = backfill.run(found)
    except (ClientError, BotoCoreError) as error:
        raise clients.translated(error) from error
    _print(request, tally, prices)
    return OK if tally.complete else INCOMPLETE


def _source(request: Request) -> tuple[Bucket, Iterable[FoundSet]]:
    if request.inventory and request.keys:
        raise InvalidOptionsError("--inventory and --from name two sources.", hint="Give one of them.")
    bucket, prefix = keys.parse_address(request.address) if request.address else (None, "")
    s3 = clients.client("s3")
    if request.inventory:
        manifest = inventory.read_manifest(Bucket(s3, ""), request.inventory)
        _check_same(bucket, manifest.source_bucket)
        return Bucket(s3, manifest.source_bucket), inventory.sets_in(Bucket(s3, ""), manifest, prefix)
    if request.keys:
        named = keys.bucket_of_file(request.keys) or bucket
        source = Bucket(s3, _needed(named))
        _check_same(bucket, source.name)
        wanted = (key for key in keys.recordings_in(request.keys, source.name) if key.startswith(prefix))
        return source, listing.sets_of(_lister(source), wanted)
    source = Bucket(s3, _needed(bucket))
    return source, listing.sets_under(_lister(source), prefix)


def _lister(source: Bucket) -> Bucket:
    return Bucket(clients.listing_client(), source.name)


def _needed(bucket: str | None) -> str:
    if bucket is None:
        raise InvalidOptionsError(
            "Nothing says which bucket is meant.", hint="Give s3://bucket/folder/, or --inventory with its manifest."
        )
    return bucket


def _check_same(asked: str | None, named: str) -> None:
    if asked is not None and asked != named:
        raise InvalidOptionsError(f"The address names the bucket {asked}, the list {named}.", hint="Leave one out.")


def _prepare(request: Request, chosen: Settings, source: Bucket, readers: ThreadPoolExecutor) -> Backfill:
    if request.translate is not None:
        languages = from_dict({"translate_to": split_list(request.translate)})["translate_to"]
        chosen = with_translations(chosen, languages)
    # A price can be asked for before there is anything to send to.
    deployed = connect(chosen) if chosen.table or not request.dry_run else None
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
        wishes=Wishes(since=_moment(request.since), match=request.match),
        place=Place(source.name, deployed.bucket.name if deployed else chosen.bucket),
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
            f"--since is “{text}”, which is no date.", hint="Write it as 2026-01-31 or 2026-01-31T12:00:00Z."
        ) from error
    return format_timestamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


@contextlib.contextmanager
def _reporting(path: Path | None) -> Iterator[Callable[[Outcome], None]]:
    """Gives a function that writes down whatever somebody may want to look after."""
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

        def write(outcome: Outcome) -> None:
            if outcome.verdict in WORTH_TELLING:
                table.writerow([outcome.candidate.recording.key, outcome.verdict.value, outcome.reason])

        yield write


@contextlib.contextmanager
def _progress(request: Request) -> Iterator[Callable[[Tally], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[left]}"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=request.as_json) as bars:
        task = bars.add_task("listing", total=None, left="")

        def tell(tally: Tally) -> None:
            total = tally.recordings if tally.listed else None
            bars.update(task, description=progress_line(tally), completed=tally.decided, total=total, left=left(tally))

        yield tell


def progress_line(tally: Tally) -> str:
    rate = tally.queued / tally.seconds if tally.seconds else 0.0
    skipped = tally.decided - tally.queued
    return (
        f"{tally.recordings:,} found, {tally.paired:,} paired, {skipped:,} skipped, {tally.queued:,} queued, "
        f"{rate:,.0f} a second"
    )


def left(tally: Tally) -> str:
    """Nobody knows before the listing has ended."""
    if not tally.listed or not tally.decided:
        return "listing …"
    seconds = (tally.recordings - tally.decided) * tally.seconds / tally.decided
    return f"{max(0, round(seconds))} s left"


def _print(request: Request, tally: Tally, prices: Prices) -> None:
    price = quote(tally.workload, prices, tasks=request.tasks, speed=request.speed, arm=request.arm)
    if request.as_json:
        print(json.dumps(summary(tally, price, dry_run=request.dry_run)))
        return
    out.print(_verdicts(tally, dry_run=request.dry_run))
    if request.dry_run:
        out.print(_price_table(price))
        out.print(
            f"Prices of {price.prices_of}; Spot prices move. Storage, network and what always runs are not in it."
        )
    for verdict, said in ((Verdict.MISSING, "have no transcript"), (Verdict.ABSENT, "are not there")):
        if tally.verdicts[verdict] and not request.report:
            out.print(f"{tally.verdicts[verdict]:,} recordings {said}; --report FILE lists them.")
    if not tally.complete:
        out.print("Some could not be queued. Run the same command again: it goes on where this one ended.")


def summary(tally: Tally, price: Quote, *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "objects": tally.objects,
        "recordings": tally.recordings,
        "paired": tally.paired,
        "transcripts_without_recording": tally.lone_transcripts,
        **{verdict.name.lower(): tally.verdicts[verdict] for verdict in Verdict},
        "seconds": round(tally.seconds, 3),
        "price": price.as_dict(),
    }


def _verdicts(tally: Tally, *, dry_run: bool) -> Table:
    table = Table("", "recordings", box=None, pad_edge=False, show_header=False)
    table.columns[1].justify = "right"
    table.add_row("found", f"{tally.recordings:,}")
    for verdict in Verdict:
        if tally.verdicts[verdict] or verdict is Verdict.QUEUED:
            name = "to be queued" if dry_run and verdict is Verdict.QUEUED else verdict.value
            table.add_row(name, f"{tally.verdicts[verdict]:,}")
    if tally.lone_transcripts:
        table.add_row("transcripts without recording", f"{tally.lone_transcripts:,}")
    return table


def _price_table(price: Quote) -> Table:
    table = Table("", "vCPU hours", "Fargate", "Fargate Spot", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    table.title = (
        f"{_range(price.hours)} hours of audio; {_range(price.wall_hours)} hours by the clock at {price.tasks} tasks"
    )
    discount = price.spot.usual / price.fargate.usual if price.fargate.usual else 0.0
    for name, (vcpu, dollars) in price.steps.items():
        table.add_row(name, _range(vcpu), _range(dollars, "$"), _range(dollars.times(discount), "$"))
    table.add_row("requests", "", f"${price.requests:,.2f}", f"${price.requests:,.2f}")
    total, spot = price.fargate.plus(price.requests), price.spot.plus(price.requests)
    table.add_row("all", _range(price.vcpu_hours), _range(total, "$"), _range(spot, "$"))
    return table


def _range(figure: Range, unit: str = "") -> str:
    digits = 2 if figure.usual < 10 else 0
    return f"{unit}{figure.usual:,.{digits}f} ({figure.low:,.{digits}f} to {figure.high:,.{digits}f})"


def main() -> None:
    """`python -m syncline.cli.backfill` for those who have no entry points installed."""
    from syncline.cli.app import run

    sys.exit(run(["backfill", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
