"""Print a backfill: its progress, its counts and its price."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from syncline.backfill.planning import RecordingStatus
from syncline.backfill.price import Quote, Range
from syncline.backfill.run import Tally
from syncline.cli.console import print_json, show, stderr_console


@contextlib.contextmanager
def progress_line_of(*, quiet: bool) -> Iterator[Callable[[Tally], None]]:
    """Give a function that shows the counts so far on stderr."""
    console = stderr_console()
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[left]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bars:
        task = bars.add_task("listing", total=None, left="")

        def update(tally: Tally) -> None:
            total = tally.recordings if tally.listed else None
            description = describe_progress(tally)
            bars.update(task, description=description, completed=tally.decided, total=total, left=time_left(tally))

        yield update


def describe_progress(tally: Tally) -> str:
    rate = tally.queued / tally.seconds if tally.seconds else 0.0
    skipped = tally.decided - tally.queued
    return (
        f"{tally.recordings:,} found, {tally.paired:,} paired, {skipped:,} skipped, {tally.queued:,} queued, "
        f"{rate:,.0f} a second"
    )


def time_left(tally: Tally) -> str:
    """Unknown until the listing has ended."""
    if not tally.listed or not tally.decided:
        return "listing …"
    seconds = (tally.recordings - tally.decided) * tally.seconds / tally.decided
    return f"{max(0, round(seconds))} s left"


def print_summary(tally: Tally, price: Quote, *, dry_run: bool, as_json: bool, has_report: bool) -> None:
    if as_json:
        print_json(summary(tally, price, dry_run=dry_run), indent=None)
        return
    show(_counts_table(tally, dry_run=dry_run))
    if dry_run:
        show(_price_table(price))
        show(f"Prices of {price.prices_of}; Spot prices change. Storage, network and fixed costs are not included.")
    for status, what in (
        (RecordingStatus.NO_TRANSCRIPT, "have no transcript"),
        (RecordingStatus.NOT_FOUND, "do not exist"),
    ):
        if tally.statuses[status] and not has_report:
            show(f"{tally.statuses[status]:,} recordings {what}; --report FILE.csv lists them.")
    if not tally.complete:
        show("Some recordings could not be queued. Run the same command again to continue.")


def summary(tally: Tally, price: Quote, *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "objects": tally.objects,
        "recordings": tally.recordings,
        "paired": tally.paired,
        "transcripts_without_recording": tally.transcripts_without_recording,
        **{status.value: tally.statuses[status] for status in RecordingStatus},
        "seconds": round(tally.seconds, 3),
        "price": price.as_dict(),
    }


def _counts_table(tally: Tally, *, dry_run: bool) -> Table:
    table = Table("", "recordings", box=None, pad_edge=False, show_header=False)
    table.columns[1].justify = "right"
    table.add_row("found", f"{tally.recordings:,}")
    for status in RecordingStatus:
        if tally.statuses[status] or status is RecordingStatus.QUEUED:
            name = "to be queued" if dry_run and status is RecordingStatus.QUEUED else status.label
            table.add_row(name, f"{tally.statuses[status]:,}")
    if tally.transcripts_without_recording:
        table.add_row("transcripts without recording", f"{tally.transcripts_without_recording:,}")
    return table


def _price_table(price: Quote) -> Table:
    table = Table("", "vCPU hours", "Fargate", "Fargate Spot", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    table.title = f"{_range(price.hours)} hours of audio; {_range(price.wall_hours)} hours with {price.tasks} tasks"
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
