"""`syncline backfill`: the recordings that are in a bucket already."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from syncline.cli import parameters
from syncline.cli.commands import Command, examples, new_app

app = new_app()


@app.command(
    cls=Command,
    epilog=examples("""
$ syncline backfill s3://old-tapes/talks/ --translate ja,fr --dry-run
$ syncline backfill s3://old-tapes/talks/ --translate ja,fr --report skipped.csv
$ syncline backfill --inventory s3://reports/old-tapes/daily/2026-01-31T01-00Z/manifest.json
"""),
)
def backfill(
    address: Annotated[
        str | None,
        typer.Argument(metavar="ADDRESS", help="The bucket and folder: s3://bucket/folder/.", show_default=False),
    ] = None,
    inventory: Annotated[
        str | None,
        typer.Option(metavar="S3_ADDRESS", help="Read the manifest.json of an S3 Inventory instead of listing."),
    ] = None,
    keys: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="Only the recordings named in a file, one key on a line."),
    ] = None,
    translate: Annotated[str | None, typer.Option(metavar="LIST", help=parameters.TRANSLATE_HELP)] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Only files changed since this date: 2026-01-31.")
    ] = None,
    match: Annotated[
        str | None, typer.Option(metavar="PATTERN", help="Only recordings whose key matches: '*/lectures/*.mp3'.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, metavar="NUMBER", help="Queue at most this many jobs.")] = None,
    max_rate: Annotated[
        float | None, typer.Option(min=0.1, metavar="NUMBER", help="Queue at most this many jobs a second.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Also queue recordings whose jobs SUCCEEDED, FAILED or were REJECTED.")
    ] = False,
    read_metadata: Annotated[
        bool, typer.Option("--read-metadata", help="Read the options in each recording's S3 metadata; slower.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; print the counts and the price.")] = False,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="List the recordings that were not queued, with the reasons."),
    ] = None,
    tasks: Annotated[
        int | None, typer.Option(min=1, metavar="NUMBER", help="Worker tasks to price.", show_default="10")
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option(
            min=0.001,
            metavar="NUMBER",
            help="vCPU seconds that a second of audio takes.",
            show_default="from the price table",
        ),
    ] = None,
    arm: Annotated[bool, typer.Option("--arm", help="Price worker tasks on ARM64.")] = False,
    prices: Annotated[
        Path | None,
        typer.Option(metavar="FILE.toml", help="A price table of your own.", show_default="SYNCLINE_PRICES"),
    ] = None,
    as_json: parameters.AsJson = False,
) -> int:
    """Queue a job for every recording in a bucket.

    For recordings that were there before the deployment, or outside of uploads/. Lists the folder, pairs recordings
    with transcripts by name, and queues the jobs for the deployment's workers, which take them when no new upload
    waits. The bucket may be any that the workers can read. Results go to the deployment's own bucket.

    Start with --dry-run: it prints how many recordings would be queued, and what that costs. Recordings that are done
    or queued already are skipped. So an interrupted backfill continues when the same command is run again. Exit code
    1 if some recordings could not be queued.
    """
    from syncline.cli.backfill_run import Request, run_backfill

    return run_backfill(
        Request(
            address=address,
            inventory=inventory,
            keys=keys,
            translate=translate,
            since=since,
            match=match,
            limit=limit,
            max_rate=max_rate,
            force=force,
            read_metadata=read_metadata,
            dry_run=dry_run,
            report=report,
            tasks=tasks,
            speed=speed,
            arm=arm,
            prices=prices,
            as_json=as_json,
        )
    )


if __name__ == "__main__":  # `python -m syncline.cli.backfill` was the documented way without the script
    from syncline.cli import main

    main(["backfill", *sys.argv[1:]])
